// From lines to regions.
#include "frontend/bench/marks.hpp"

#include <optional>
#include <sstream>

namespace calque::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* begin_word = "==";
constexpr const char* end_name = "end";

/// The name and amount that a line announces.
std::optional<Region> announced(const std::string& line) {
    std::istringstream words(line);
    std::string equals;
    Region region;
    if (!(words >> equals >> region.name) || equals != begin_word) return std::nullopt;
    if (!(words >> region.amount)) region.amount = 1;
    return region;
}

void note_checksum(const std::string& line, Region& region) {
    std::istringstream words(line);
    std::string name, label, sum;
    if (words >> name >> label >> sum && label == "checksum:" && name == region.name) region.checksum = sum;
}

/// Follows the lines; `time` and `counters` come with each.
class Follower {
public:
    void at(const std::string& line, double before, double after, const Json& counters) {
        if (auto next = announced(line)) {
            if (regions_.empty() && !open_) close_boot(before, counters);
            open_ = next->name == end_name ? std::nullopt : std::move(next);
            begun_ = after;
            begin_counters_ = counters;
        } else if (line.empty() && open_) {
            close(before, counters);
        } else if (open_) {
            note_checksum(line, *open_);
        }
    }
    std::vector<Region> take() { return std::move(regions_); }

private:
    void close_boot(double now, const Json& counters) {
        Region boot;
        boot.name = "boot";
        boot.seconds = now;
        if (!counters.is_null()) boot.counters = difference(counters, Json::object());
        regions_.push_back(std::move(boot));
    }
    void close(double now, const Json& counters) {
        open_->seconds = now - begun_;
        if (!counters.is_null()) open_->counters = difference(counters, begin_counters_);
        regions_.push_back(std::move(*open_));
        open_.reset();
    }

    std::vector<Region> regions_;
    std::optional<Region> open_;
    double begun_ = 0;
    Json begin_counters_;
};

Json minus_entries(const Json& end, const Json& begin) {
    Json result = Json::array();
    for (const Json& entry : end) {
        const Json* before = nullptr;
        for (const Json& candidate : begin)
            if (candidate.value("name", "") == entry.value("name", "") &&
                candidate.value("class", "") == entry.value("class", ""))
                before = &candidate;
        result.push_back(difference(entry, before ? *before : Json::object()));
    }
    return result;
}

}  // namespace

Json difference(const Json& end, const Json& begin) {
    if (end.is_number_unsigned())
        return end.get<std::uint64_t>() - (begin.is_number() ? begin.get<std::uint64_t>() : 0);
    if (end.is_number()) return end.get<double>() - (begin.is_number() ? begin.get<double>() : 0);
    if (end.is_array()) return minus_entries(end, begin.is_array() ? begin : Json::array());
    if (!end.is_object()) return end;
    Json result = Json::object();
    for (const auto& [key, value] : end.items()) {
        if (key == "memory_bytes")
            result[key] = value;
        else
            result[key] = difference(value, begin.is_object() && begin.contains(key) ? begin[key] : Json());
    }
    return result;
}

std::vector<Region> regions_of(const std::vector<Mark>& marks) {
    Follower follower;
    for (const Mark& mark : marks) follower.at(mark.line, mark.cpu_seconds, mark.cpu_seconds, Json());
    return follower.take();
}

std::vector<Region> regions_of(const Json& stats) {
    Follower follower;
    if (!stats.contains("lines")) return {};
    for (const Json& entry : stats["lines"])
        follower.at(entry["line"].get<std::string>(), entry["cpu_seconds"].get<double>(),
                    entry["resumed"]["cpu_seconds"].get<double>(), entry);
    return follower.take();
}

}  // namespace calque::bench
