// Exact conversion between guest nanoseconds and the ticks of an oscillator.
#pragma once

#include "devices/clock.hpp"

#include <cstdint>

namespace calque {

/// A count of oscillator periods since power-on.
using Ticks = std::int64_t;

/// Rounds toward negative infinity, unlike `/`. `divisor` is positive.
constexpr std::int64_t floor_divide(std::int64_t value, std::int64_t divisor) {
    return value / divisor - (value % divisor < 0 ? 1 : 0);
}

/// The first multiple above `value`. An interval of the type's largest value has none but itself.
constexpr std::uint64_t next_multiple(std::uint64_t value, std::uint64_t interval) {
    return (value / interval + 1) * interval;
}

/// The remainder that goes with floor_divide: 0..divisor-1.
constexpr std::int64_t floor_modulo(std::int64_t value, std::int64_t divisor) {
    return value - floor_divide(value, divisor) * divisor;
}

/// How many whole periods of `hertz` have passed at `time`. Whole seconds are split off, so that nothing
/// overflows for frequencies up to 9 GHz.
constexpr Ticks ticks_at(Nanoseconds time, std::int64_t hertz) {
    const std::int64_t seconds = floor_divide(time, nanoseconds_per_second);
    const std::int64_t rest = time - seconds * nanoseconds_per_second;
    return seconds * hertz + rest * hertz / nanoseconds_per_second;
}

/// The first nanosecond at which ticks_at() is `tick`.
constexpr Nanoseconds time_of_tick(Ticks tick, std::int64_t hertz) {
    const std::int64_t seconds = floor_divide(tick, hertz);
    const std::int64_t rest = tick - seconds * hertz;
    return seconds * nanoseconds_per_second + (rest * nanoseconds_per_second + hertz - 1) / hertz;
}

}  // namespace calque
