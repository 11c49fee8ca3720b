// The host's clock, and how guest time makes up for what it missed.
#pragma once

#include "devices/clock.hpp"

#include <algorithm>

namespace calque {

/// Reads a clock of the host: nanoseconds since whenever, never backwards.
using HostClock = Nanoseconds (*)();

/// The host's steady clock.
Nanoseconds steady_host_time();

/// A process that is stopped, or does not get the host's processor, comes back late. Guest time then does not
/// jump: a guest counts its timer's interrupts, and those that come together are one. It goes faster instead
/// until it is even, from deadline to deadline, so that every clock of the guest tells the same.
namespace catching_up {

/// What may pass between two looks at the host's clock without being an absence.
inline constexpr Nanoseconds longest_step = 1'000'000;
/// How many times as fast as the host's.
inline constexpr std::int64_t speed = 10;
/// What is missing beyond this is skipped at once: nobody waits an hour for a clock.
inline constexpr Nanoseconds longest_delay = 300 * nanoseconds_per_second;

/// What to add to guest time that is `behind`, after a step of the host's that took `elapsed`.
constexpr Nanoseconds repayment(Nanoseconds behind, Nanoseconds elapsed) {
    const Nanoseconds hurried = std::min(behind, (speed - 1) * std::min(elapsed, longest_step));
    return std::max(hurried, behind - longest_delay);
}

}  // namespace catching_up

}  // namespace calque
