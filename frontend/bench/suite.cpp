// The suites: how much work, how often.
#include "frontend/bench/suite.hpp"

#include "frontend/usage_error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace calque::bench {
namespace {

/// Hundredths of a second natively: what an interpreter then takes is bearable.
const std::vector<Task> small_tasks{
    {"fib", 0.1},      {"icall", 0.3},     {"interp", 0.1},      {"qsort", 0.1},      {"sha256", 0.1},
    {"chase", 0.1},    {"memcpy", 0.1},    {"nbody_x87", 0.1},   {"nbody_sse2", 0.2}, {"matmul_sse2", 0.4},
    {"compiler", 0.4}, {"cold_code", 0.5}, {"system_call", 0.1}, {"page_fault", 0.1}, {"fork", 0.1},
};

const std::vector<Suite>& suites() {
    static const std::vector<Suite> all{
        {"tiny", "single operations only, once: whether everything works", {}, {}, 1, false},
        {"quick",
         "single operations, boot and 15 small programs in under five minutes",
         small_tasks,
         {0, 1, 4, 16, 64, 256, 1024},
         3},
        {"full",
         "single operations, boot and every program that bench/make-guest has put there",
         {},
         {0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096},
         3},
    };
    return all;
}

}  // namespace

const Suite& find_suite(const std::string& name) {
    const auto found = std::ranges::find(suites(), name, &Suite::name);
    if (found == suites().end())
        throw UsageError(fmt::format("\"{}\" is not a suite ({})", name, suite_names()));
    return *found;
}

std::string suite_names() {
    std::string names;
    for (const Suite& suite : suites()) names += (names.empty() ? "" : ", ") + suite.name;
    return names;
}

const std::vector<Ablation>& ablations() {
    static const std::vector<Ablation> all{
        {"chaining of direct successors", {"--no-chaining"}},
        {"jump table", {"--no-jump-table"}},
        {"return stack", {"--no-return-stack"}},
        {"inline memory access", {"--no-inline-memory"}},
        {"address windows", {"--no-windows"}},
        {"lookup by alignment", {"--no-aligned-lookup"}},
        {"giving up what calls out", {"--no-giving-up"}},
        {"inline CLI, STI, PUSHF", {"--no-inline-sensitive"}},
        {"inline string instructions", {"--no-inline-strings"}},
        {"the host's x87 and SSE units", {"--no-host-units"}},
        {"interpreting first", {"--translate-after", "0"}},
        {"a large code cache (2 MiB instead)", {"--cache-size", "2M"}},
    };
    return all;
}

}  // namespace calque::bench
