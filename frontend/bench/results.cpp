// Draws the conclusions: costs, break-evens, shares, and whether everybody agreed.
#include "frontend/bench/results.hpp"

#include "frontend/bench/cost_model.hpp"
#include "frontend/bench/machines.hpp"
#include "frontend/bench/statistics.hpp"
#include "frontend/bench/summary.hpp"
#include "translator/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace calque::bench {
namespace {

using Json = nlohmann::ordered_json;

/// Regions of one name in all runs of one way.
std::vector<const Region*> all_of(const GuestRuns& runs, const std::string& way, const std::string& name) {
    std::vector<const Region*> found;
    const auto measured = runs.measured.find(way);
    if (measured == runs.measured.end()) return found;
    for (const auto& run : measured->second)
        for (const Region& region : run)
            if (region.name == name) found.push_back(&region);
    return found;
}

const Region* find(const std::vector<Region>& regions, const std::string& name) {
    const auto found = std::ranges::find(regions, name, &Region::name);
    return found == regions.end() ? nullptr : &*found;
}

std::vector<double> seconds_of(const std::vector<const Region*>& regions) {
    std::vector<double> seconds(regions.size());
    std::ranges::transform(regions, seconds.begin(), &Region::seconds);
    return seconds;
}

/// The run in the middle. nullptr: there is none.
const Region* median_run(std::vector<const Region*> regions) {
    if (regions.empty()) return nullptr;
    std::ranges::sort(regions, {}, &Region::seconds);
    return regions[(regions.size() - 1) / 2];
}

Work work_of(const Region& region) {
    const Json& c = region.counters;
    const Json& instructions = c["instructions"];
    return {.seconds = region.seconds,
            .instructions = instructions["total"],
            .interpreted = c["engine"] == "translator" ? instructions["interpreted"].get<std::uint64_t>() : 0,
            .decoded = c["blocks"]["instructions"],
            .decoding_seconds = c["blocks"]["decoding_seconds"],
            .translated = c.value("translated_instructions", std::uint64_t{0}),
            .translation_seconds = c.value("translation_seconds", 0.0)};
}

/// Decoding and translating are timed in a run of their own, which did the same work.
void use_measured_times(Work& work, const Region* timed) {
    if (!timed) return;
    const Work measured = work_of(*timed);
    work.decoding_seconds = measured.decoding_seconds;
    work.translation_seconds = measured.translation_seconds;
}

void put(Json& json, const char* name, const std::optional<double>& value, double factor = 1) {
    json[name] = value ? Json(*value * factor) : Json();
}

Json cost_json(const CostModel& model, double gigahertz) {
    Json json;
    const auto put_all = [&](Json& into, double factor) {
        put(into, "decode", model.decode, factor);
        put(into, "translate", model.translate, factor);
        put(into, "interpret", model.interpret, factor);
        put(into, "execute", model.execute, factor);
    };
    put_all(json["ns"], 1);
    if (gigahertz > 0) put_all(json["cycles"], gigahertz);
    put(json, "break_even", model.break_even);
    return json;
}

/// {class: {decoded, executed}}, and the sensitive mnemonics that were executed most.
void add_classes(Json& json, const Region& counted) {
    Json classes = Json::object(), sensitive = Json::array();
    for (const Json& entry : counted.counters.value("instruction_mix", Json::array())) {
        Json& sum = classes[entry["class"].get<std::string>()];
        if (sum.is_null()) sum = {{"decoded", 0}, {"executed", 0}};
        sum["decoded"] = sum["decoded"].get<std::int64_t>() + entry["decoded"].get<std::int64_t>();
        sum["executed"] = sum["executed"].get<std::int64_t>() + entry["executed"].get<std::int64_t>();
        if (entry["class"] != "innocuous" && entry["executed"] != 0) sensitive.push_back(entry);
    }
    json["classes"] = std::move(classes);
    json["sensitive"] = std::move(sensitive);
    json["memory_operands"] = counted.counters.value("memory_operands", std::uint64_t{0});
}

/// [{name, class, count, ns}]: what a callout of that kind took, on average.
Json callouts_json(const Region& timed) {
    Json list = Json::array();
    for (const Json& entry : timed.counters.value("callout_costs", Json::array())) {
        const auto count = entry["count"].get<std::uint64_t>();
        if (count == 0) continue;
        list.push_back({{"name", entry["name"]},
                        {"class", entry["class"]},
                        {"count", count},
                        {"ns", entry["seconds"].get<double>() / static_cast<double>(count) * 1e9}});
    }
    std::sort(list.begin(), list.end(), [](const Json& a, const Json& b) { return a["count"] > b["count"]; });
    return list;
}

Json engine_json(const std::vector<const Region*>& regions) {
    const auto seconds = seconds_of(regions);
    const Region& middle = *median_run(regions);
    const Json& c = middle.counters;
    Json json = {
        {"seconds", seconds},          {"median", median(seconds)},         {"spread", spread(seconds)},
        {"checksum", middle.checksum}, {"instructions", c["instructions"]}, {"mmu", c["mmu"]},
        {"blocks", c["blocks"]},       {"memory_bytes", c["memory_bytes"]}};
    for (const char* key :
         {"translations", "translated_instructions", "translated_bytes", "code_bytes", "cold_bytes", "links",
          "exits", "recoveries", "lost_windows", "misaligned_samples", "given_up", "cache_flushes"})
        if (c.contains(key)) json[key] = c[key];
    return json;
}

Json share_json(const Json& instructions) {
    const double all = std::max(1.0, instructions["total"].get<double>());
    Json share;
    for (const char* kind : {"translated", "called_out", "interpreted"})
        share[kind] = instructions[kind].get<double>() / all;
    return share;
}

/// One guest's regions into one list.
class Conclusion {
public:
    Conclusion(const Measurements& found, const GuestRuns& runs) : found_(found), runs_(runs) {
        gigahertz_ = found.host.value("gigahertz", 0.0);
    }

    Json workload(const std::string& name) {
        Json json = {{"name", name}, {"group", group_of(name)}};
        for (const auto& [way, unused] : runs_.measured) {
            const auto regions = all_of(runs_, way, name);
            if (regions.empty()) continue;
            if (lacks_result(*regions.front()))
                note_lack(name, way);
            else if (is_own(way))
                json["engines"][way] = engine_json(regions);
            else
                json["peers"][way] = peer_json(regions);
        }
        add_engines(json, name);
        if (const Region* counted = find(runs_.counted, name)) add_classes(json, *counted);
        if (const Region* timed = find(runs_.timed, name)) json["callouts"] = callouts_json(*timed);
        add_hits(json);
        add_agreement(json, name);
        compare_results(json, name);
        return json;
    }

    /// In the order in which the guest ran them.
    std::vector<std::string> names() const {
        std::vector<std::string> longest;
        for (const auto& [way, runs] : runs_.measured) {
            if (runs.empty() || runs.front().size() <= longest.size()) continue;
            longest.clear();
            for (const Region& region : runs.front()) longest.push_back(region.name);
        }
        return longest;
    }
    const Work& interpreter() const { return interpreter_; }
    const Work& translator() const { return translator_; }
    const std::vector<std::string>& disagreements() const { return disagreements_; }
    const std::vector<std::string>& remarks() const { return remarks_; }

private:
    bool are_programs() const { return &runs_ == &found_.programs; }
    static bool is_own(const std::string& way) { return way == "interpreter" || way == "translator"; }

    /// A program that did not run says no checksum; the single operations have none.
    bool lacks_result(const Region& region) const {
        return are_programs() && region.name != "boot" && region.checksum.empty();
    }

    /// An engine is at fault where the program has said something under another way.
    void note_lack(const std::string& name, const std::string& way) {
        const auto has_result = [&](const auto& entry) {
            const auto regions = all_of(runs_, entry.first, name);
            return !regions.empty() && !regions.front()->checksum.empty();
        };
        auto& lines =
            is_own(way) && std::ranges::any_of(runs_.measured, has_result) ? disagreements_ : remarks_;
        lines.push_back(fmt::format("{}: no result under {}, so it is left out", name, way));
    }

    /// Of other ways with that of Calque's engines.
    void compare_results(const Json& json, const std::string& name) {
        if (!json.contains("engines") || !json.contains("peers")) return;
        const Json& own = json["engines"].front()["checksum"];
        for (const auto& [way, peer] : json["peers"].items())
            if (peer["checksum"] != own)
                remarks_.push_back(fmt::format("{}: another result under {} ({}, not {})", name, way,
                                               peer["checksum"].get<std::string>(), own.get<std::string>()));
    }

    std::string group_of(const std::string& name) const {
        if (!are_programs()) return Selection::operations_group;
        const auto found = found_.groups.find(name);
        return found == found_.groups.end() ? "system" : found->second;
    }

    static Json peer_json(const std::vector<const Region*>& regions) {
        const auto seconds = seconds_of(regions);
        return {{"seconds", seconds},
                {"median", median(seconds)},
                {"spread", spread(seconds)},
                {"checksum", regions.front()->checksum}};
    }

    void add_engines(Json& json, const std::string& name) {
        const Region* interpreted = median_run(all_of(runs_, "interpreter", name));
        const Region* translated = median_run(all_of(runs_, "translator", name));
        if (translated) {
            const Json& c = translated->counters;
            json["share"] = share_json(c["instructions"]);
            const double bytes = c.value("translated_bytes", 0.0);
            if (bytes > 0) json["code_expansion"] = c["code_bytes"].get<double>() / bytes;
        }
        if (!interpreted || !translated) return;
        Work slow = work_of(*interpreted), fast = work_of(*translated);
        use_measured_times(slow, find(runs_.counted, name));
        use_measured_times(fast, find(runs_.timed, name));
        interpreter_ += slow;
        translator_ += fast;
        json["cost"] = cost_json(cost_model(slow, fast), gigahertz_);
    }

    /// Accesses that the shadow page table answered: those that a walk did not.
    static void add_hits(Json& json) {
        const double operands = json.value("memory_operands", 0.0);
        if (operands <= 0 || !json.contains("engines")) return;
        for (auto& [engine, values] : json["engines"].items()) {
            const double walks = values["mmu"]["walks"];
            values["mmu"]["shadow_hits"] = std::max(0.0, operands - walks);
            values["mmu"]["shadow_hit_rate"] = std::max(0.0, 1 - walks / operands);
        }
    }

    void add_agreement(Json& json, const std::string& name) {
        std::set<std::uint64_t> counts;
        std::set<std::string> checksums;
        for (const char* engine : {"interpreter", "translator"})
            for (const Region* region : all_of(runs_, engine, name)) {
                counts.insert(region->counters["instructions"]["total"].get<std::uint64_t>());
                if (!region->checksum.empty()) checksums.insert(region->checksum);
            }
        for (const auto* once : {&runs_.counted, &runs_.timed})
            if (const Region* region = find(*once, name))
                counts.insert(region->counters["instructions"]["total"].get<std::uint64_t>());
        json["same_instructions"] = counts.size() <= 1;
        if (counts.size() > 1)
            disagreements_.push_back(name + ": the engines retired different numbers of instructions");
        if (checksums.size() > 1) disagreements_.push_back(name + ": the engines have different results");
    }

    const Measurements& found_;
    const GuestRuns& runs_;
    double gigahertz_ = 0;
    Work interpreter_, translator_;
    std::vector<std::string> disagreements_, remarks_;
};

/// Nanoseconds each, without the loop around them. The loop itself stands as it is.
std::vector<double> operation_times(const GuestRuns& runs, const std::string& way, const std::string& name) {
    const auto regions = all_of(runs, way, name), loops = all_of(runs, way, "loop");
    std::vector<double> each;
    for (std::size_t i = 0; i < regions.size() && i < loops.size(); ++i) {
        const double time = regions[i]->seconds / regions[i]->amount;
        const double loop = loops[i]->seconds / loops[i]->amount;
        each.push_back(std::max(0.0, name == "loop" ? time : time - loop) * 1e9);
    }
    return each;
}

Json operation_json(const Measurements& found, const std::string& name) {
    Json json = {{"name", name}};
    Json& times = json["ns"] = Json::object();
    for (const auto& [way, unused] : found.operations.measured) {
        const auto each = operation_times(found.operations, way, name);
        if (!each.empty())
            times[way] = {{"values", each}, {"median", median(each)}, {"spread", spread(each)}};
    }
    const auto native = found.native_operations.find(name), loop = found.native_operations.find("loop");
    if (native != found.native_operations.end() && loop != found.native_operations.end()) {
        const double each = name == "loop" ? native->second : std::max(0.0, native->second - loop->second);
        times["native"] = {{"values", Json::array({each})}, {"median", each}, {"spread", 0.0}};
    }
    return json;
}

Json ablation_json(const Measurements& found) {
    Json list = Json::array();
    for (const auto& run : found.ablation) {
        Json entry = {{"title", run.title}, {"switches", run.switches}, {"slower", Json::object()}};
        std::vector<double> ratios;
        const auto add = [&](const GuestRuns& runs, const std::vector<Region>& regions, bool counts) {
            for (const Region& region : regions) {
                const double base = median(seconds_of(all_of(runs, "translator", region.name)));
                if (!(base > 0)) continue;
                entry["slower"][region.name] = region.seconds / base;
                if (counts) ratios.push_back(region.seconds / base);
            }
        };
        add(found.sample.measured.empty() ? found.programs : found.sample, run.programs, true);
        add(found.operations, run.operations, run.programs.empty());
        entry["mean"] = geometric_mean(ratios);
        list.push_back(std::move(entry));
    }
    return list;
}

Json overall_json(const Conclusion& conclusion, double gigahertz) {
    const CostModel model = cost_model(conclusion.interpreter(), conclusion.translator());
    Json json = cost_json(model, gigahertz);
    json["threshold_built_in"] = TranslatorOptions{}.translate_after;
    json["threshold_derived"] = model.break_even ? Json(threshold_for(*model.break_even)) : Json();
    return json;
}

Json skipped_json(const Measurements& found) {
    Json list = Json::array();
    for (const Skipped& entry : found.skipped) list.push_back({{"what", entry.what}, {"why", entry.why}});
    return list;
}

/// In how many rounds each way had its turn.
Json turns_json(const GuestRuns& runs) {
    Json turns = Json::object();
    for (const auto& [way, all] : runs.measured)
        if (!all.empty()) turns[way] = all.size();
    return turns;
}

Json names_of(const std::vector<Task>& tasks) {
    Json names = Json::array();
    for (const Task& task : tasks) names.push_back(task.program);
    return names;
}

Json thresholds_json(const Measurements& found) {
    Json list = Json::array();
    for (const auto& [executions, seconds] : found.thresholds)
        list.push_back({{"executions", executions}, {"seconds", seconds}});
    return list;
}

}  // namespace

Json results_of(const Measurements& found, const Plan& plan) {
    Json json = {{"format", 1},           {"suite", plan.suite.name},
                 {"rounds", plan.rounds}, {"only", plan.only.patterns},
                 {"clock_ns", clock_ns},  {"guest_megabytes", guest_megabytes},
                 {"host", found.host}};
    json["skipped"] = skipped_json(found);
    Conclusion programs(found, found.programs), operations(found, found.operations);
    Json workloads = Json::array(), single = Json::array();
    for (const std::string& name : programs.names()) workloads.push_back(programs.workload(name));
    for (const std::string& name : operations.names()) {
        if (name == "boot") continue;  // the ROM's first microseconds
        Json entry = operation_json(found, name);
        entry.update(operations.workload(name));
        single.push_back(std::move(entry));
    }
    const bool has_programs = !workloads.empty();
    const GuestRuns& main = has_programs ? found.programs : found.operations;
    json["turns"] = turns_json(main);
    json["summary"] = summary_of(workloads);
    json["summary"]["peak_memory_bytes"] = main.peak_memory;
    json["workloads"] = std::move(workloads);
    json["operations"] = std::move(single);
    json["overall"] = overall_json(has_programs ? programs : operations, found.host.value("gigahertz", 0.0));
    json["thresholds"] = thresholds_json(found);
    json["sample"] = names_of(plan.suite.sample);
    json["startup"] = main.startup;
    json["ablation"] = ablation_json(found);
    json["disagreements"] = found.failures;
    json["remarks"] = Json::array();
    for (const Conclusion* conclusion : {&programs, &operations}) {
        for (const std::string& line : conclusion->disagreements()) json["disagreements"].push_back(line);
        for (const std::string& line : conclusion->remarks()) json["remarks"].push_back(line);
    }
    return json;
}

}  // namespace calque::bench
