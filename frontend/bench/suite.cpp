// The suites: how much work, how often, how long.
#include "frontend/bench/suite.hpp"

#include "frontend/usage_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fnmatch.h>
#include <numeric>

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
        {.name = "tiny",
         .summary = "single operations only, once: whether everything works",
         .tasks = {},
         .sample = {},
         .thresholds = {},
         .rounds = 1,
         .slow_rounds = 1,
         .linux_guest = false},
        {.name = "quick",
         .summary = "single operations, boot and 15 small programs in under five minutes",
         .tasks = small_tasks,
         .sample = {},
         .thresholds = {0, 1, 4, 16, 64, 256, 1024},
         .rounds = 3,
         .slow_rounds = 3},
        {.name = "full",
         .summary = "single operations, boot and every program that bench/make-guest has put there",
         .tasks = {},
         .sample = small_tasks,
         .thresholds = {0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096},
         .rounds = 3,
         .slow_rounds = 2,
         .with_bochs = true},
    };
    return all;
}

/// Seconds on the reference machine (Zen 4, 4 GHz), quiet: of one turn.
struct TurnCost {
    const char* way;
    double operations, boot;
    double times_native;  ///< of the programs
};
constexpr std::array turn_costs{
    TurnCost{"native", 3.5, 0, 1}, TurnCost{"interpreter", 2, 12, 13}, TurnCost{"translator", 2, 3, 3},
    TurnCost{"qemu", 4, 6, 14},    TurnCost{"kvm", 2, 2, 1.5},         TurnCost{"bochs", 50, 100, 110},
};
/// What a program takes natively with its usual work.
constexpr double program_seconds = 0.21;
/// Runs of the interpreter that count and of the translator with a clock beside callouts, over their usual
/// runs.
constexpr double counting = 1.6;
/// The translator with an optimisation less, over its usual run.
constexpr double slower_without = 2;

struct Turn {
    bool with_operations;
    double work;  ///< seconds natively
    bool boots;

    double of(const std::string& way) const {
        const auto cost = std::ranges::find(turn_costs, way, &TurnCost::way);
        if (cost == turn_costs.end()) return 0;
        return (with_operations ? cost->operations : 0) + (boots ? cost->boot : 0) +
               work * cost->times_native;
    }
};

double work_of(const std::vector<Task>& tasks) {
    return std::accumulate(tasks.begin(), tasks.end(), 0.0,
                           [](double sum, const Task& task) { return sum + task.amount * program_seconds; });
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

unsigned rounds_of(const std::string& way, const Suite& suite, unsigned rounds) {
    if (way == "bochs") return 1;
    return find_peer(way) || way == "interpreter" ? std::min(rounds, suite.slow_rounds) : rounds;
}

double expected_seconds(const Plan& plan, const std::vector<Task>& tasks) {
    const Turn turn{plan.only.has_operations(), work_of(tasks), !tasks.empty()};
    double sum = 0;
    for (const std::string& way : plan.ways) {
        sum += rounds_of(way, plan.suite, plan.rounds) * turn.of(way);
        if (way == "interpreter" || way == "translator") sum += counting * turn.of(way);
    }
    if (std::ranges::find(plan.ways, "translator") == plan.ways.end()) return sum;
    const bool sampled = plan.only.is_everything() && !plan.suite.sample.empty();
    const Turn sample{false, work_of(sampled ? plan.suite.sample : tasks), turn.boots};
    if (plan.only.is_everything())
        sum += static_cast<double>(plan.suite.thresholds.size()) * sample.of("translator");
    if (plan.ablate)
        sum += static_cast<double>(ablations().size()) * slower_without *
               Turn{turn.with_operations, sample.work, sample.boots}.of("translator");
    return sum;
}

bool Selection::has(const std::string& name, const std::string& group) const {
    return patterns.empty() || std::ranges::any_of(patterns, [&](const std::string& pattern) {
               return fnmatch(pattern.c_str(), name.c_str(), 0) == 0 ||
                      fnmatch(pattern.c_str(), group.c_str(), 0) == 0;
           });
}

const std::vector<Ablation>& ablations() {
    static const std::vector<Ablation> all{
        {"chaining of direct successors", {"--no-chaining"}},
        {"blocks that do not look at the budget", {"--no-strides"}},
        {"jump table", {"--no-jump-table"}},
        {"return stack", {"--no-return-stack"}},
        {"inline memory access", {"--no-inline-memory"}},
        {"stack aperture", {"--no-stack-aperture"}},
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
