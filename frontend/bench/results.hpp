// Measurements as the JSON document that reports and comparisons read.
#pragma once

#include "frontend/bench/measurements.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace calque::bench {

/// Keys: `host`, `suite`, `rounds`, `clock_ns`, `skipped`, `workloads`, `operations`, `overall`,
/// `thresholds`, `startup`, `ablation`, `disagreements`. Times of workloads are seconds of processor time,
/// costs nanoseconds and, in `cycles`, clock cycles of the host.
nlohmann::ordered_json results_of(const Measurements& found, const std::string& suite, unsigned rounds);

}  // namespace calque::bench
