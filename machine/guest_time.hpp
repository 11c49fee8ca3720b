// Where guest time comes from, and how long the processor may run before somebody must look at it again.
#pragma once

#include "cpu/processor.hpp"
#include "devices/clock.hpp"
#include "machine/host_events.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace calque {

class GuestTime : public TimeSource {
public:
    /// The instruction count to which the processor may run when `deadline` is next.
    virtual std::uint64_t run_until(Nanoseconds deadline) = 0;
    /// The processor has come to the end of such a run.
    virtual void ran() {}
    /// The processor is halted: lets guest time reach `deadline`, or less if the host has something to say.
    /// Takes no more than `host_limit` of the host's time.
    virtual void idle_until(Nanoseconds deadline, HostEvents& events,
                            std::chrono::nanoseconds host_limit) = 0;

    /// Where the clock stands, for saving; set() continues from there.
    Nanoseconds origin() const { return origin_; }
    virtual void set_now(Nanoseconds time) = 0;

protected:
    Nanoseconds origin_ = 0;
};

/// Retired instructions advance the clock and HLT skips to the next deadline: reproducible bit for bit.
class InstructionTime final : public GuestTime {
public:
    InstructionTime(const Cpu& cpu, Nanoseconds per_instruction)
        : cpu_(cpu), per_instruction_(per_instruction) {}

    Nanoseconds now() override { return origin_ + elapsed(cpu_.retired()); }
    std::uint64_t run_until(Nanoseconds deadline) override;
    void idle_until(Nanoseconds deadline, HostEvents& events, std::chrono::nanoseconds host_limit) override;
    void set_now(Nanoseconds time) override { origin_ = time - elapsed(cpu_.retired()); }

private:
    Nanoseconds elapsed(std::uint64_t instructions) const {
        return static_cast<Nanoseconds>(instructions) * per_instruction_;
    }

    const Cpu& cpu_;
    Nanoseconds per_instruction_;
};

/// Follows the host's steady clock; HLT sleeps.
class HostTime final : public GuestTime {
public:
    explicit HostTime(const Cpu& cpu);

    Nanoseconds now() override { return host_now() - origin_; }
    std::uint64_t run_until(Nanoseconds deadline) override;
    void ran() override;
    void idle_until(Nanoseconds deadline, HostEvents& events, std::chrono::nanoseconds host_limit) override;
    void set_now(Nanoseconds time) override { origin_ = host_now() - time; }

private:
    static Nanoseconds host_now();

    const Cpu& cpu_;
    std::uint64_t instructions_per_microsecond_ = 50;  ///< as last measured
    std::uint64_t run_started_count_ = 0;
    Nanoseconds run_started_ = 0;
};

}  // namespace calque
