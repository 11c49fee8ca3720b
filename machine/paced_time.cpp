// Guest time by instructions, in step with the host's.
#include "machine/paced_time.hpp"

#include "devices/rate.hpp"

namespace calque {

namespace {

/// How far the guest may be ahead of the host, and behind it without being hurried. The host's sleeps are not
/// much more exact.
constexpr Nanoseconds lead = 1'000'000, tolerance = 10'000'000;

}  // namespace

PacedTime::PacedTime(const Cpu& cpu, std::uint64_t instructions_per_second, HostClock host_clock)
    : cpu_(cpu),
      instructions_per_second_(static_cast<std::int64_t>(instructions_per_second)),
      host_clock_(host_clock) {
    set_now(0);
}

Nanoseconds PacedTime::elapsed() const {
    return time_of_tick(static_cast<std::int64_t>(cpu_.retired()), instructions_per_second_);
}

Nanoseconds PacedTime::now() { return origin_ + elapsed(); }

void PacedTime::set_now(Nanoseconds time) {
    origin_ = time - elapsed();
    looked_at_ = host_clock_();
    host_origin_ = looked_at_ - time;
}

void PacedTime::hold(bool held) {
    const Nanoseconds host = host_clock_();
    if (!held) {
        host_origin_ += host - held_at_;
        looked_at_ += host - held_at_;
    }
    held_at_ = host;
}

// The first count at which now() is the deadline, or the end of the lead.
std::uint64_t PacedTime::run_until(Nanoseconds deadline) {
    next_deadline_ = deadline;
    const Nanoseconds end = std::min(deadline, now() + lead) - origin_;
    const auto count =
        static_cast<std::uint64_t>(std::max<Ticks>(ticks_at(end, instructions_per_second_), 0));
    const std::uint64_t present = cpu_.retired();
    return std::clamp(count + (time_of_tick(static_cast<Ticks>(count), instructions_per_second_) < end),
                      present + 1, present + longest_run);
}

void PacedTime::ran(HostEvents& events) {
    const Nanoseconds ahead = now() - target();
    if (ahead >= lead) events.wait(std::chrono::nanoseconds{ahead});
    if (ahead < -tolerance) follow_host(-ahead);
    looked_at_ = host_clock_();
}

void PacedTime::follow_host(Nanoseconds behind) {
    const Nanoseconds room = std::max<Nanoseconds>(next_deadline_ - now(), 0);
    origin_ += std::min(catching_up::repayment(behind, host_clock_() - looked_at_), room);
}

void PacedTime::idle_until(Nanoseconds deadline, HostEvents& events, std::chrono::nanoseconds host_limit) {
    if (deadline > target())
        events.wait(deadline == never ? host_limit : shorter(deadline - target(), host_limit));
    else
        events.poll();
    origin_ += std::max<Nanoseconds>(std::min(deadline, target()) - now(), 0);
}

}  // namespace calque
