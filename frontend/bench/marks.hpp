// What guests say on their serial line while they are measured, and what it delimits.
//
//   == NAME AMOUNT       what follows belongs to NAME: so many repetitions, or a part of its usual work
//   NAME checksum: HEX   the result, if there is one
//   (an empty line)      it ends
//   == end               so does everything
#pragma once

#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <vector>

namespace calque::bench {

/// What matches at the borders, for `calque run --stats-at`.
inline constexpr const char* border_pattern = "^(== .*)?$";

struct Mark {
    std::string line;
    double cpu_seconds = 0;  ///< that the emulator had had
};

/// A stretch of a guest's execution.
struct Region {
    std::string name;
    double amount = 1;
    double seconds = 0;                                                  ///< processor time
    std::string checksum;                                                ///< empty: it said none
    nlohmann::ordered_json counters = nlohmann::ordered_json::object();  ///< of Calque's own engines
};

/// Of lines that came through a pipe, each with the time at which it came. The first is `boot`, up to the
/// first mark.
std::vector<Region> regions_of(const std::vector<Mark>& marks);

/// Of `calque run --stats F --stats-at ...`: counters are differences, but `memory_bytes`, which is what it
/// was at the end.
std::vector<Region> regions_of(const nlohmann::ordered_json& stats);

/// `end` minus `begin`, number by number; objects in arrays belong together by `name` and `class`.
nlohmann::ordered_json difference(const nlohmann::ordered_json& end, const nlohmann::ordered_json& begin);

}  // namespace calque::bench
