// Dates of the proleptic Gregorian calendar and seconds since 1970-01-01.
#pragma once

#include <cstdint>

namespace calque {

struct CalendarTime {
    int year = 1970;
    int month = 1;  ///< 1..12
    int day = 1;    ///< 1..31
    int hour = 0, minute = 0, second = 0;
    int weekday = 4;  ///< 0 is Sunday; ignored by to_unix_seconds
    bool operator==(const CalendarTime&) const = default;
};

inline constexpr std::int64_t seconds_per_day = 86'400;

CalendarTime from_unix_seconds(std::int64_t seconds);
/// Fields out of range carry over.
std::int64_t to_unix_seconds(const CalendarTime& time);

}  // namespace calque
