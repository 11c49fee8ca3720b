// Two results side by side: what became slower beyond the noise of both.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace calque::bench {

struct Difference {
    std::string what;              ///< workload or operation, and engine
    double before = 0, after = 0;  ///< medians
    double noise = 0;              ///< of both, as a part
    bool worse = false;
};

struct Comparison {
    std::vector<Difference> differences;  ///< beyond the noise, the largest first
    std::vector<std::string> remarks;     ///< other hosts or suites, instruction counts that changed
    unsigned compared = 0;
};

/// Of Calque's own engines only. Throws UsageError if one is no document of this format.
Comparison compare_results(const nlohmann::ordered_json& before, const nlohmann::ordered_json& after);

/// For the terminal.
std::string to_text(const Comparison& comparison);

}  // namespace calque::bench
