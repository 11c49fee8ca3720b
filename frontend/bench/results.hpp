// Measurements as the JSON document that reports and comparisons read.
#pragma once

#include "frontend/bench/measurements.hpp"
#include "frontend/bench/suite.hpp"

#include <nlohmann/json.hpp>

namespace calque::bench {

/// Keys: `host`, `suite`, `rounds`, `only`, `turns` (rounds by way), `clock_ns`, `guest_megabytes`,
/// `skipped`, `summary`, `workloads`, `operations`, `overall`, `thresholds` (of the programs in `sample`, if
/// there are any in it), `startup`, `ablation`, `disagreements`, `remarks`. Times of workloads are seconds of
/// processor time, costs nanoseconds and, in `cycles`, clock cycles of the host.
nlohmann::ordered_json results_of(const Measurements& found, const Plan& plan);

}  // namespace calque::bench
