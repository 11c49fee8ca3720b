// Columns of numbers.
#include "frontend/bench/text_report.hpp"

#include <fmt/format.h>

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

bool has_both_engines(const Json& operations) {
    return any_has(operations, "interpreter", true) && any_has(operations, "translator", true);
}

}  // namespace

std::string to_text(const Json& results) {
    std::string text;
    if (!results["workloads"].empty()) text += workload_table(results["workloads"]) + "\n";
    text += operation_table(results["operations"]) + "\n" + overall_text(results) + ablation_text(results);
    for (const Json& entry : results["skipped"])
        text += fmt::format("without {}: {}\n", entry["what"].get<std::string>(),
                            entry["why"].get<std::string>());
    for (const Json& line : results["disagreements"])
        text += fmt::format("WRONG: {}\n", line.get<std::string>());
    if (results["disagreements"].empty() && has_both_engines(results["operations"]))
        text += "both engines retired the same instructions in every workload\n";
    return text;
}

}  // namespace calque::bench
