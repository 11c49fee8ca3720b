// The host, as far as it bears on measurements.
#pragma once

#include <nlohmann/json.hpp>

namespace calque::bench {

/// `processor`, `cores`, `system`, `gigahertz`, `load_before` and `date`.
nlohmann::ordered_json describe_host();
/// Processes that wanted to run, on average over the last minute.
double host_load();

}  // namespace calque::bench
