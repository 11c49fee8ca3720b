// Guest time by retired instructions.
#include "machine/guest_time.hpp"

#include <algorithm>

namespace calque {

std::uint64_t InstructionTime::run_until(Nanoseconds deadline) {
    const std::uint64_t present = cpu_.retired(), limit = present + longest_run;
    const Nanoseconds rest = deadline - now();
    if (deadline == never || rest / per_instruction_ >= static_cast<Nanoseconds>(longest_run)) return limit;
    return present + static_cast<std::uint64_t>(
                         std::max<Nanoseconds>((rest + per_instruction_ - 1) / per_instruction_, 0));
}

void InstructionTime::idle_until(Nanoseconds deadline, HostEvents& events,
                                 std::chrono::nanoseconds host_limit) {
    // Without interrupts no deadline can wake the processor; skipping from one to the next would only burn
    // time.
    const bool deaf = !(cpu_.state.other_flags & flag::interrupt);
    if (deaf) events.wait(shorter(1'000'000, host_limit));
    if (deadline == never) {
        if (!deaf) events.wait(host_limit);
    } else if (const Nanoseconds rest = deadline - now(); rest > 0) {
        origin_ += rest;
    }
}

}  // namespace calque
