// Columns of numbers.
#include "frontend/bench/text_report.hpp"

#include "frontend/bench/summary.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <vector>

namespace calque::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array ways{"native", "interpreter", "translator", "qemu", "kvm", "bochs"};

/// nullptr: there is no such number.
const Json* at(const Json& json, std::initializer_list<const char*> keys) {
    const Json* here = &json;
    for (const char* key : keys) {
        if (!here->is_object() || !here->contains(key)) return nullptr;
        here = &(*here)[key];
    }
    return here->is_number() ? here : nullptr;
}

std::string number(const Json* value, const char* format = "{:.2f}") {
    return value ? fmt::format(fmt::runtime(format), value->get<double>()) : "-";
}

const Json* median_of(const Json& workload, const char* way) {
    const bool own = std::string_view(way) == "interpreter" || std::string_view(way) == "translator";
    return at(workload, {own ? "engines" : "peers", way, "median"});
}

bool any_has(const Json& list, const char* way, bool operations) {
    for (const Json& entry : list)
        if (operations ? at(entry, {"ns", way, "median"}) : median_of(entry, way)) return true;
    return false;
}

std::string row(const std::vector<std::string>& cells) {
    std::string line = fmt::format("{:<22}", cells.front());
    for (std::size_t i = 1; i < cells.size(); ++i) line += fmt::format(" {:>12}", cells[i]);
    return line + "\n";
}

std::string workload_table(const Json& workloads) {
    std::vector<std::string> head{"workload, seconds"};
    for (const char* way : ways)
        if (any_has(workloads, way, false)) head.emplace_back(way);
    const std::size_t count = head.size();
    for (const char* name : {"T ns", "I ns", "X ns", "break-even", "direct %"}) head.emplace_back(name);
    std::string text = row(head);
    for (const Json& workload : workloads) {
        std::vector<std::string> cells{workload["name"]};
        for (std::size_t i = 1; i < count; ++i)
            cells.push_back(number(median_of(workload, head[i].c_str()), "{:.3f}"));
        cells.push_back(number(at(workload, {"cost", "ns", "translate"}), "{:.0f}"));
        cells.push_back(number(at(workload, {"cost", "ns", "interpret"})));
        cells.push_back(number(at(workload, {"cost", "ns", "execute"})));
        cells.push_back(number(at(workload, {"cost", "break_even"}), "{:.0f}"));
        const Json* share = at(workload, {"share", "translated"});
        cells.push_back(share ? fmt::format("{:.2f}", share->get<double>() * 100) : "-");
        text += row(cells);
    }
    return text;
}

/// One row a group: geometric means of times native.
std::string group_table(const Json& summary) {
    std::vector<std::string> head{"times native"};
    for (const char* way : ways)
        if (std::ranges::any_of(summary["groups"],
                                [&](const Json& group) { return group["times_native"].contains(way); }))
            head.emplace_back(way);
    if (head.size() == 1) return {};
    std::vector<std::string> titles = head;
    titles.emplace_back("programs");
    std::string text = row(titles);
    for (const Json& group : summary["groups"]) {
        std::vector<std::string> cells{group["name"]};
        for (std::size_t i = 1; i < head.size(); ++i)
            cells.push_back(number(at(group, {"times_native", head[i].c_str(), "mean"})));
        cells.push_back(fmt::format("{}", group["programs"].get<unsigned>()));
        text += row(cells);
    }
    return text;
}

std::string by_way(const Json& values, const char* title, const char* unit, double factor) {
    std::vector<std::string> parts;
    for (const char* way : ways)
        if (values.contains(way))
            parts.push_back(
                fmt::format("{} {:.{}f}", way, values[way].get<double>() * factor, factor < 1 ? 0 : 2));
    return parts.empty() ? "" : fmt::format("{}, {}: {}\n", title, unit, fmt::join(parts, ", "));
}

std::string slower_text(const Json& summary) {
    std::string text;
    for (const auto& [other, list] : summary["slower_than"].items()) {
        std::vector<std::string> names;
        for (const Json& entry : list)
            names.push_back(fmt::format("{} ({:.2f} times)", entry["name"].get<std::string>(),
                                        entry["times"].get<double>()));
        text += fmt::format("slower under the translator than under {}, beyond {:.0f} %: {}\n", other,
                            slower_margin * 100,
                            names.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", ")));
    }
    return text;
}

std::string summary_text(const Json& summary) {
    return group_table(summary) + slower_text(summary) + by_way(summary["boot_seconds"], "boot", "s", 1) +
           by_way(summary["peak_memory_bytes"], "peak memory", "MiB", 1.0 / (1 << 20));
}

std::string operation_table(const Json& operations) {
    std::vector<std::string> head{"operation, ns"};
    for (const char* way : ways)
        if (any_has(operations, way, true)) head.emplace_back(way);
    std::string text = row(head);
    for (const Json& operation : operations) {
        std::vector<std::string> cells{operation["name"]};
        for (std::size_t i = 1; i < head.size(); ++i)
            cells.push_back(number(at(operation, {"ns", head[i].c_str(), "median"}), "{:.1f}"));
        text += row(cells);
    }
    return text;
}

std::string overall_text(const Json& results) {
    const Json& overall = results["overall"];
    if (!at(overall, {"ns", "interpret"}) || !at(overall, {"ns", "translate"})) return {};
    std::string text = fmt::format(
        "a guest instruction: decoding {} ns, interpreting {} ns, translating {} ns, executing translated {} "
        "ns\n",
        number(at(overall, {"ns", "decode"}), "{:.0f}"), number(at(overall, {"ns", "interpret"})),
        number(at(overall, {"ns", "translate"}), "{:.0f}"), number(at(overall, {"ns", "execute"})));
    if (const Json* executions = at(overall, {"break_even"}))
        text += fmt::format("translating pays from {:.0f} executions on; the translator waits for {}\n",
                            std::ceil(executions->get<double>()),
                            number(at(overall, {"threshold_built_in"}), "{:.0f}"));
    else
        text += "translating never pays for what was run\n";
    if (const Json* expansion = at(results, {"summary", "code_expansion"}))
        text += fmt::format("{:.1f} bytes of host code for a byte of guest code\n", expansion->get<double>());
    for (const Json& entry : results["thresholds"])
        text += fmt::format("  after {:>5} executions: {:.3f} s\n", entry["executions"].get<unsigned>(),
                            entry["seconds"][0].get<double>());
    return text;
}

std::string ablation_text(const Json& results) {
    std::string text;
    for (const Json& entry : results["ablation"])
        text += fmt::format("without {:<40} {:.2f} times as long\n", entry["title"].get<std::string>(),
                            entry["mean"].is_number() ? entry["mean"].get<double>() : 0);
    return text;
}

bool has_both_engines(const Json& list, bool operations) {
    return any_has(list, "interpreter", operations) && any_has(list, "translator", operations);
}

}  // namespace

std::string to_text(const Json& results) {
    std::string text;
    if (!results["workloads"].empty())
        text += workload_table(results["workloads"]) + "\n" + summary_text(results["summary"]) + "\n";
    if (!results["operations"].empty()) text += operation_table(results["operations"]) + "\n";
    text += overall_text(results) + ablation_text(results);
    for (const Json& entry : results["skipped"])
        text += fmt::format("without {}: {}\n", entry["what"].get<std::string>(),
                            entry["why"].get<std::string>());
    for (const Json& line : results["remarks"]) text += fmt::format("note: {}\n", line.get<std::string>());
    for (const Json& line : results["disagreements"])
        text += fmt::format("WRONG: {}\n", line.get<std::string>());
    if (results["disagreements"].empty() &&
        (has_both_engines(results["operations"], true) || has_both_engines(results["workloads"], false)))
        text += "both engines retired the same instructions in every workload\n";
    return text;
}

}  // namespace calque::bench
