// The two clocks of a machine.
#include "machine/guest_time.hpp"

#include <algorithm>

namespace calque {

namespace {

/// How often the host is listened to while the guest is busy.
constexpr std::uint64_t longest_deterministic_run = 4'000'000;
constexpr Nanoseconds longest_real_run = 500'000;
constexpr std::uint64_t shortest_real_run = 500;

std::chrono::nanoseconds shorter(Nanoseconds wait, std::chrono::nanoseconds limit) {
    return std::min(std::chrono::nanoseconds{wait}, limit);
}

}  // namespace

std::uint64_t InstructionTime::run_until(Nanoseconds deadline) {
    const std::uint64_t present = cpu_.retired(), limit = present + longest_deterministic_run;
    const Nanoseconds rest = deadline - now();
    if (deadline == never || rest / per_instruction_ >= static_cast<Nanoseconds>(longest_deterministic_run))
        return limit;
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

HostTime::HostTime(const Cpu& cpu) : cpu_(cpu) { set_now(0); }

Nanoseconds HostTime::host_now() {
    const auto time = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
}

std::uint64_t HostTime::run_until(Nanoseconds deadline) {
    run_started_ = now();
    run_started_count_ = cpu_.retired();
    const Nanoseconds rest = deadline == never ? longest_real_run : deadline - run_started_;
    const auto slice = static_cast<std::uint64_t>(std::clamp<Nanoseconds>(rest, 0, longest_real_run));
    return run_started_count_ + std::max(slice * instructions_per_microsecond_ / 1000, shortest_real_run);
}

void HostTime::ran() {
    const std::uint64_t count = cpu_.retired() - run_started_count_;
    const auto time = static_cast<std::uint64_t>(now() - run_started_);
    if (count < shortest_real_run || time == 0) return;
    const std::uint64_t measured = count * 1000 / time;
    instructions_per_microsecond_ =
        std::clamp<std::uint64_t>((3 * instructions_per_microsecond_ + measured) / 4, 1, 10'000);
}

void HostTime::idle_until(Nanoseconds deadline, HostEvents& events, std::chrono::nanoseconds host_limit) {
    events.wait(deadline == never ? host_limit : shorter(deadline - now(), host_limit));
}

}  // namespace calque
