// What `calque bench` measures.
#pragma once

#include "frontend/bench/machines.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace calque::bench {

struct Suite {
    std::string name;
    std::string summary;
    std::vector<Task> tasks;                ///< empty: each program that the guest has, with its usual work
    std::vector<std::uint32_t> thresholds;  ///< of --translate-after, for the sweep
    unsigned rounds;
    bool linux_guest = true;
};

/// Throws UsageError if there is none of that name.
const Suite& find_suite(const std::string& name);
std::string suite_names();

/// A translator's optimisation switched off, or its limits changed.
struct Ablation {
    std::string title;
    std::vector<std::string> switches;
};
const std::vector<Ablation>& ablations();

}  // namespace calque::bench
