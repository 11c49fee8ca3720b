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
    std::vector<Task> sample;               ///< for thresholds and ablation; empty: `tasks`
    std::vector<std::uint32_t> thresholds;  ///< of --translate-after, for the sweep
    unsigned rounds;                        ///< of the translator and the host
    unsigned slow_rounds;                   ///< of the interpreter and of peers, at most; Bochs has one
    bool with_bochs = false;                ///< unless asked for: it takes longer than all others together
    bool linux_guest = true;
};

/// Throws UsageError if there is none of that name.
const Suite& find_suite(const std::string& name);
std::string suite_names();

/// In how many rounds a way has its turn.
unsigned rounds_of(const std::string& way, const Suite& suite, unsigned rounds);

/// The part of a suite that the user names: programs and groups, with * and ?. Empty: all of it.
struct Selection {
    std::vector<std::string> patterns;

    bool is_everything() const { return patterns.empty(); }
    bool has(const std::string& name, const std::string& group) const;
    /// The single operations, which have no names of their own here.
    bool has_operations() const { return has(operations_group, operations_group); }

    static constexpr const char* operations_group = "operations";
};

struct Plan {
    Suite suite;
    std::vector<std::string> ways;  ///< engines of this build, `native`, peers
    Selection only;
    unsigned rounds = 1;
    bool ablate = false;
    std::string guest_folder;
};

/// About how long it takes on two quiet cores of 4 GHz. `tasks`: what is selected.
double expected_seconds(const Plan& plan, const std::vector<Task>& tasks);

/// A translator's optimisation switched off, or its limits changed.
struct Ablation {
    std::string title;
    std::vector<std::string> switches;
};
const std::vector<Ablation>& ablations();

}  // namespace calque::bench
