// The real-time clock of a processor that is not to be faster than it was.
#pragma once

#include "machine/guest_time.hpp"
#include "machine/host_clock.hpp"

namespace calque {

/// Retired instructions advance the clock, so that software that counts loops finds them all equally long,
/// and the host sleeps while guest time is ahead of its own. Where the host cannot execute so many, the clock
/// follows the host nevertheless.
class PacedTime final : public GuestTime {
public:
    /// The speed is at least 1 and at most 9 x 10^9.
    PacedTime(const Cpu& cpu, std::uint64_t instructions_per_second, HostClock host_clock = steady_host_time);

    Nanoseconds now() override;
    std::uint64_t run_until(Nanoseconds deadline) override;
    void ran(HostEvents& events) override;
    void idle_until(Nanoseconds deadline, HostEvents& events, std::chrono::nanoseconds host_limit) override;
    void hold(bool held) override;
    void set_now(Nanoseconds time) override;

private:
    Nanoseconds elapsed() const;
    /// Where guest time should be.
    Nanoseconds target() { return host_clock_() - host_origin_; }
    void follow_host(Nanoseconds behind);

    const Cpu& cpu_;
    std::int64_t instructions_per_second_;
    HostClock host_clock_;
    Nanoseconds origin_ = 0;             ///< guest time less that of the instructions executed
    Nanoseconds host_origin_ = 0;        ///< the host's time at guest time 0
    Nanoseconds next_deadline_ = never;  ///< guest time does not hurry past that
    Nanoseconds held_at_ = 0;            ///< of the host
    Nanoseconds looked_at_ = 0;          ///< of the host: the end of the last run
};

}  // namespace calque
