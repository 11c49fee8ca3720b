// Groups, and comparisons of the translator with others.
#include "frontend/bench/summary.hpp"

#include "frontend/bench/statistics.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace calque::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* all_programs = "all programs";

/// {way: median seconds}
std::map<std::string, double> medians_of(const Json& workload) {
    std::map<std::string, double> medians;
    for (const char* kind : {"engines", "peers"})
        if (workload.contains(kind))
            for (const auto& [way, entry] : workload[kind].items())
                medians[way] = entry["median"].get<double>();
    return medians;
}

/// Times native of the programs of one group.
struct Group {
    std::string name;
    unsigned programs = 0;
    std::map<std::string, std::vector<double>> ratios;  ///< by way

    void add(const std::map<std::string, double>& medians) {
        ++programs;
        const auto native = medians.find("native");
        if (native == medians.end() || !(native->second > 0)) return;
        for (const auto& [way, seconds] : medians)
            if (way != "native" && seconds > 0) ratios[way].push_back(seconds / native->second);
    }
    Json to_json() const {
        Json json = {{"name", name}, {"programs", programs}, {"times_native", Json::object()}};
        for (const auto& [way, values] : ratios)
            json["times_native"][way] = {{"mean", geometric_mean(values)}, {"programs", values.size()}};
        return json;
    }
};

bool is_program(const Json& workload) { return workload["name"] != "boot"; }

Json groups_of(const Json& workloads) {
    std::vector<Group> groups;
    Group all{all_programs, 0, {}};
    for (const Json& workload : workloads) {
        if (!is_program(workload)) continue;
        const auto medians = medians_of(workload);
        const std::string name = workload["group"];
        if (std::ranges::find(groups, name, &Group::name) == groups.end()) groups.push_back({name, 0, {}});
        std::ranges::find(groups, name, &Group::name)->add(medians);
        all.add(medians);
    }
    if (groups.size() > 1) groups.push_back(std::move(all));
    Json list = Json::array();
    for (const Group& group : groups) list.push_back(group.to_json());
    return list;
}

/// The workloads in which the translator takes longer than `other`, the worst first.
Json slower_than(const std::string& other, const Json& workloads) {
    Json list = Json::array();
    for (const Json& workload : workloads) {
        const auto medians = medians_of(workload);
        const auto own = medians.find("translator"), theirs = medians.find(other);
        if (own == medians.end() || theirs == medians.end() || !(theirs->second > 0)) continue;
        const double times = own->second / theirs->second;
        if (times > 1 + slower_margin) list.push_back({{"name", workload["name"]}, {"times", times}});
    }
    std::sort(list.begin(), list.end(), [](const Json& a, const Json& b) { return a["times"] > b["times"]; });
    return list;
}

bool any_has(const Json& workloads, const std::string& way) {
    return std::ranges::any_of(workloads,
                               [&](const Json& workload) { return medians_of(workload).contains(way); });
}

Json boot_seconds(const Json& workloads) {
    Json seconds = Json::object();
    for (const Json& workload : workloads)
        if (!is_program(workload))
            for (const auto& [way, median] : medians_of(workload)) seconds[way] = median;
    return seconds;
}

/// Host bytes over guest bytes, of everything that was translated.
Json code_expansion(const Json& workloads) {
    double host = 0, guest = 0;
    for (const Json& workload : workloads) {
        if (!workload.contains("engines") || !workload["engines"].contains("translator")) continue;
        host += workload["engines"]["translator"].value("code_bytes", 0.0);
        guest += workload["engines"]["translator"].value("translated_bytes", 0.0);
    }
    return guest > 0 ? Json(host / guest) : Json();
}

}  // namespace

Json summary_of(const Json& workloads) {
    Json summary = {{"groups", groups_of(workloads)}, {"slower_than", Json::object()}};
    for (const char* other : {"interpreter", "qemu"})
        if (any_has(workloads, "translator") && any_has(workloads, other))
            summary["slower_than"][other] = slower_than(other, workloads);
    summary["boot_seconds"] = boot_seconds(workloads);
    summary["code_expansion"] = code_expansion(workloads);
    return summary;
}

}  // namespace calque::bench
