// What a release manager asks first: how many times native, where slower than others, how soon, how large.
#pragma once

#include <nlohmann/json.hpp>

namespace calque::bench {

/// Slower counts beyond this part.
inline constexpr double slower_margin = 0.05;

/// Of `workloads` as results have them: `groups` (geometric means of times native, by way, over the programs
/// that were measured under it and natively), `slower_than` (where the translator's median is beyond another
/// way's), `boot_seconds` by way, `code_expansion` over all.
nlohmann::ordered_json summary_of(const nlohmann::ordered_json& workloads);

}  // namespace calque::bench
