// Where guest time comes from, and how long the processor may run before somebody must look at it again.
#pragma once

#include "cpu/processor.hpp"
#include "devices/clock.hpp"
#include "machine/host_events.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace calque {

class GuestTime : public TimeSource {
public:
    /// The instruction count to which the processor may run when `deadline` is next.
    virtual std::uint64_t run_until(Nanoseconds deadline) = 0;
    /// The processor has come to the end of such a run. A clock that is ahead of the host may wait for it
    /// here.
    virtual void ran(HostEvents& events) = 0;
    /// The processor is halted: lets guest time reach `deadline`, or less if the host has something to say.
    /// Takes no more than `host_limit` of the host's time.
    virtual void idle_until(Nanoseconds deadline, HostEvents& events,
                            std::chrono::nanoseconds host_limit) = 0;
    /// While it is held guest time stands still; the host's time that passes meanwhile does not count.
    virtual void hold(bool held) = 0;
    /// The clock goes on from `time`.
    virtual void set_now(Nanoseconds time) = 0;

protected:
    /// How often the host is listened to while the guest is busy.
    static constexpr std::uint64_t longest_run = 4'000'000;

    static std::chrono::nanoseconds shorter(Nanoseconds wait, std::chrono::nanoseconds limit) {
        return std::min(std::chrono::nanoseconds{wait}, limit);
    }
};

/// Retired instructions advance the clock and HLT skips to the next deadline: reproducible bit for bit.
class InstructionTime final : public GuestTime {
public:
    InstructionTime(const Cpu& cpu, Nanoseconds per_instruction)
        : cpu_(cpu), per_instruction_(per_instruction) {}

    Nanoseconds now() override { return origin_ + elapsed(cpu_.retired()); }
    std::uint64_t run_until(Nanoseconds deadline) override;
    void ran(HostEvents& /*events*/) override {}
    void hold(bool /*held*/) override {}
    void idle_until(Nanoseconds deadline, HostEvents& events, std::chrono::nanoseconds host_limit) override;
    void set_now(Nanoseconds time) override { origin_ = time - elapsed(cpu_.retired()); }

private:
    Nanoseconds elapsed(std::uint64_t instructions) const {
        return static_cast<Nanoseconds>(instructions) * per_instruction_;
    }

    const Cpu& cpu_;
    Nanoseconds per_instruction_;
    Nanoseconds origin_ = 0;
};

}  // namespace calque
