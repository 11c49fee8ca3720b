// Finds what changed from one result to another.
#include "frontend/bench/comparison.hpp"

#include "frontend/bench/statistics.hpp"
#include "frontend/usage_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace calque::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr double smallest_change = 0.03, smallest_change_of_one_run = 0.15;
/// Below this a time says more about the clock than about the engine.
constexpr double shortest_seconds = 0.001, shortest_ns = 0.3;

const Json* by_name(const Json& list, const std::string& name) {
    const auto found = std::ranges::find_if(list, [&](const Json& entry) { return entry["name"] == name; });
    return found == list.end() ? nullptr : &*found;
}

void compare_times(const std::string& what, const Json& before, const Json& after, double shortest,
                   Comparison& comparison) {
    const auto a = before.get<std::vector<double>>(), b = after.get<std::vector<double>>();
    if (a.empty() || b.empty() || std::max(median(a), median(b)) < shortest) return;
    ++comparison.compared;
    const bool noise_is_known = a.size() > 1 && b.size() > 1;
    const Change change = compare(a, b, noise_is_known ? smallest_change : smallest_change_of_one_run);
    if (change == Change::none) return;
    comparison.differences.push_back(
        {what, median(a), median(b), std::hypot(spread(a), spread(b)), change == Change::worse});
}

void compare_workload(const Json& before, const Json& after, Comparison& comparison) {
    const std::string name = before["name"];
    if (!before.contains("engines") || !after.contains("engines")) return;
    for (const auto& [engine, values] : before["engines"].items()) {
        if (!after["engines"].contains(engine)) continue;
        const Json& other = after["engines"][engine];
        compare_times(fmt::format("{}, {}", name, engine), values["seconds"], other["seconds"],
                      shortest_seconds, comparison);
        const auto a = values["instructions"]["total"].get<double>(),
                   b = other["instructions"]["total"].get<double>();
        if (a != b)
            comparison.remarks.push_back(
                fmt::format("{}, {}: {:+.3f} % instructions", name, engine, (b / a - 1) * 100));
    }
}

void compare_operation(const Json& before, const Json& after, Comparison& comparison) {
    for (const char* engine : {"interpreter", "translator"}) {
        if (!before["ns"].contains(engine) || !after["ns"].contains(engine)) continue;
        compare_times(fmt::format("operation {}, {}", before["name"].get<std::string>(), engine),
                      before["ns"][engine]["values"], after["ns"][engine]["values"], shortest_ns, comparison);
    }
}

void compare_surroundings(const Json& before, const Json& after, Comparison& comparison) {
    for (const char* key : {"suite", "rounds", "clock_ns"})
        if (before[key] != after[key])
            comparison.remarks.push_back(
                fmt::format("{}: {} and {}", key, before[key].dump(), after[key].dump()));
    if (before["host"].value("processor", "") != after["host"].value("processor", ""))
        comparison.remarks.push_back("the hosts differ: times do not compare");
}

void check_format(const Json& json) {
    if (!json.is_object() || json.value("format", 0) != 1 || !json.contains("workloads") ||
        !json.contains("operations"))
        throw UsageError("not a result of calque bench --json");
}

double size(const Difference& difference) { return std::abs(std::log(difference.after / difference.before)); }

}  // namespace

Comparison compare_results(const Json& before, const Json& after) {
    check_format(before);
    check_format(after);
    Comparison comparison;
    compare_surroundings(before, after, comparison);
    for (const Json& workload : before["workloads"])
        if (const Json* other = by_name(after["workloads"], workload["name"]))
            compare_workload(workload, *other, comparison);
    for (const Json& operation : before["operations"])
        if (const Json* other = by_name(after["operations"], operation["name"]))
            compare_operation(operation, *other, comparison);
    std::ranges::stable_sort(comparison.differences, std::greater{}, size);
    return comparison;
}

std::string to_text(const Comparison& comparison) {
    std::string text;
    for (const std::string& remark : comparison.remarks) text += fmt::format("note: {}\n", remark);
    for (const Difference& difference : comparison.differences)
        text += fmt::format("{}  {:<40} {:>10.4g} -> {:>10.4g}  {:+6.1f} % (noise {:.1f} %)\n",
                            difference.worse ? "WORSE " : "better", difference.what, difference.before,
                            difference.after, (difference.after / difference.before - 1) * 100,
                            difference.noise * 100);
    const auto worse = std::ranges::count_if(comparison.differences, &Difference::worse);
    return text + fmt::format("{} times compared: {} worse, {} better, the rest within noise\n",
                              comparison.compared, worse,
                              comparison.differences.size() - static_cast<std::size_t>(worse));
}

}  // namespace calque::bench
