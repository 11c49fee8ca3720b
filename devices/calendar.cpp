// Day counting on years that begin in March, so that the leap day comes last.
#include "devices/calendar.hpp"

#include "devices/rate.hpp"

namespace calque {

namespace {

constexpr std::int64_t days_per_400_years = 146'097;
constexpr std::int64_t days_to_epoch = 719'468;  // from 0000-03-01 to 1970-01-01

/// Days from March 1st to the first of month `m`, 0 being March.
constexpr std::int64_t days_before_month(std::int64_t m) { return (153 * m + 2) / 5; }

constexpr std::int64_t days_before_year(std::int64_t year) {
    return 365 * year + floor_divide(year, 4) - floor_divide(year, 100) + floor_divide(year, 400);
}

}  // namespace

std::int64_t to_unix_seconds(const CalendarTime& time) {
    const std::int64_t months = std::int64_t{time.year} * 12 + time.month - 3;
    const std::int64_t year = floor_divide(months, 12);
    const std::int64_t days =
        days_before_year(year) + days_before_month(floor_modulo(months, 12)) + time.day - 1 - days_to_epoch;
    return days * seconds_per_day + time.hour * 3600 + time.minute * 60 + time.second;
}

CalendarTime from_unix_seconds(std::int64_t seconds) {
    const std::int64_t days = floor_divide(seconds, seconds_per_day) + days_to_epoch;
    std::int64_t year = floor_divide(days * 400, days_per_400_years);
    if (days_before_year(year + 1) <= days) ++year;
    if (days_before_year(year) > days) --year;
    const std::int64_t day_of_year = days - days_before_year(year);
    const std::int64_t month = (5 * day_of_year + 2) / 153;
    const std::int64_t second = floor_modulo(seconds, seconds_per_day);

    CalendarTime time;
    time.year = static_cast<int>(year + (month >= 10 ? 1 : 0));
    time.month = static_cast<int>(month < 10 ? month + 3 : month - 9);
    time.day = static_cast<int>(day_of_year - days_before_month(month) + 1);
    time.hour = static_cast<int>(second / 3600);
    time.minute = static_cast<int>(second / 60 % 60);
    time.second = static_cast<int>(second % 60);
    time.weekday = static_cast<int>(floor_modulo(days - days_to_epoch + 4, 7));
    return time;
}

}  // namespace calque
