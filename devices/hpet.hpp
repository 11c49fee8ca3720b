// High precision event timers (IA-PC HPET specification 1.0a).
#pragma once

#include "devices/clock.hpp"
#include "devices/wire.hpp"
#include "mmu/physical_memory.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <utility>

namespace calque {

/// A 64-bit main counter of 100 MHz and three timers, each periodic and 64 bits wide. Nothing is stepped: the
/// counter is computed from the time at which it was started.
///
/// With legacy replacement timers 0 and 1 take the places of the 8254 and of the RTC, whose interrupts
/// therefore pass through here.
class Hpet final : private MmioHandler {
public:
    static constexpr PhysicalAddress base = 0xFED0'0000;
    static constexpr Nanoseconds nanoseconds_per_tick = 10;
    static constexpr unsigned timer_count = 3;
    /// To which I/O APIC pins a timer can be routed: the 8254's, the RTC's, and 16 to 23.
    static constexpr std::uint32_t routes = 0xFF'0104;

    struct TimerState {
        std::uint64_t configuration = 0;
        std::uint64_t comparator = 0;
        std::uint64_t period = 0;
        std::uint64_t match = 0;  ///< the count at which it matches next
        bool raised = false;      ///< by edge: from one match to the next
        Nanoseconds deadline = never;
    };
    struct State {
        bool enabled = false;
        bool legacy_replacement = false;
        std::uint64_t count = 0;  ///< at `started_at`, or for good while disabled
        Nanoseconds started_at = 0;
        std::array<TimerState, timer_count> timers{};
        std::uint8_t status = 0;
        bool pit = false, rtc = false;  ///< the levels of their interrupts
    };

    Hpet(Clock& clock, PhysicalMemory& memory);
    const State& state() const { return state_; }
    void restore(const State& state);
    void reset();

    void set_pit(bool level);
    void set_rtc(bool level);

    Wire irq0, irq8;            ///< the board's, whoever makes them
    std::array<Wire, 24> pins;  ///< of the I/O APIC, beyond those

private:
    std::uint64_t mmio_read(PhysicalAddress address, unsigned size) override;
    void mmio_write(PhysicalAddress address, std::uint64_t value, unsigned size) override;
    std::uint64_t read_register(unsigned offset);
    void write_register(unsigned offset, std::uint64_t value, std::uint64_t written);

    std::uint64_t count_at(Nanoseconds now) const;
    void write_configuration(std::uint64_t value);
    void write_count(std::uint64_t value);
    void write_timer_configuration(unsigned number, std::uint64_t value);
    void write_comparator(unsigned number, std::uint64_t value, std::uint64_t written);

    bool legacy(unsigned number) const { return state_.legacy_replacement && number < 2; }
    bool line(unsigned number) const;
    void find_match(unsigned number);
    void schedule(unsigned number);
    void match(unsigned number, std::uint64_t count);
    void settle();
    void drive();

    Clock& clock_;
    std::array<std::unique_ptr<Timer>, timer_count> timers_;
    State state_;
};

template <typename Archive>
void describe(Archive& archive, Hpet::TimerState& timer) {
    archive("configuration", timer.configuration);
    archive("comparator", timer.comparator);
    archive("period", timer.period);
    archive("match", timer.match);
    archive("raised", timer.raised);
    archive("deadline", timer.deadline);
}

template <typename Archive>
void describe(Archive& archive, Hpet::State& state) {
    archive("enabled", state.enabled);
    archive("legacy_replacement", state.legacy_replacement);
    archive("count", state.count);
    archive("started_at", state.started_at);
    archive("timers", state.timers);
    archive("status", state.status);
    archive("pit", state.pit);
    archive("rtc", state.rtc);
}

}  // namespace calque
