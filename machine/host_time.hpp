// The real-time clock.
#pragma once

#include "machine/guest_time.hpp"
#include "machine/host_clock.hpp"

namespace calque {

/// Follows the host's steady clock; HLT sleeps. After an absence of the process guest time catches up.
class HostTime final : public GuestTime {
public:
    explicit HostTime(const Cpu& cpu, HostClock host_clock = steady_host_time);

    Nanoseconds now() override;
    std::uint64_t run_until(Nanoseconds deadline) override;
    void ran(HostEvents& events) override;
    void idle_until(Nanoseconds deadline, HostEvents& events, std::chrono::nanoseconds host_limit) override;
    void hold(bool held) override;
    void set_now(Nanoseconds time) override;

private:
    bool make_up_until(Nanoseconds deadline);

    const Cpu& cpu_;
    HostClock host_clock_;
    bool held_ = false;
    Nanoseconds guest_now_ = 0;                        ///< at the last look
    Nanoseconds looked_at_ = 0;                        ///< of the host
    Nanoseconds behind_ = 0;                           ///< how far guest time is
    Nanoseconds next_deadline_ = never;                ///< it does not hurry past that
    std::uint64_t instructions_per_microsecond_ = 50;  ///< as last measured
    std::uint64_t run_started_count_ = 0;
    Nanoseconds run_started_ = 0;  ///< of the host
};

}  // namespace calque
