// Motorola MC146818 real-time clock and its CMOS RAM, as wired in an AT.
#pragma once

#include "devices/calendar.hpp"
#include "devices/clock.hpp"
#include "devices/port_bus.hpp"
#include "devices/rate.hpp"
#include "devices/wire.hpp"

#include <array>
#include <cstdint>

namespace calque {

/// Ports 70h and 71h. The date is computed when somebody looks, and so are the flags of register C: what
/// happened since they were last gathered. Only enabled interrupts need a timer.
class Rtc146818 final : public PortDevice {
public:
    static constexpr std::uint16_t first_port = 0x70, last_port = 0x71;

    struct State {
        std::array<std::uint8_t, 128> ram{};  ///< date registers count only while the clock is stopped
        std::uint8_t index = 0;
        bool nmi_masked = false;
        std::int64_t second = 0;         ///< date and time at `second_began`, in seconds since 1970
        Nanoseconds second_began = 0;    ///< guest time at which that second began
        std::int64_t weekday_shift = 0;  ///< what the guest wrote to the day of the week, minus the truth
        std::uint8_t flags = 0;          ///< register C, gathered up to `gathered_at`
        Nanoseconds gathered_at = 0;
    };

    /// `start` is what the guest's clock shows at guest time 0, in seconds since 1970-01-01.
    Rtc146818(Clock& clock, std::int64_t start);
    const State& state() const { return state_; }
    void restore(const State& state);
    /// RESET#: interrupts off; the date and the RAM are kept by the battery.
    void reset();

    std::uint32_t port_read(std::uint16_t port, unsigned size) override;
    void port_write(std::uint16_t port, std::uint32_t value, unsigned size) override;

    /// CMOS bytes 0Eh..7Fh, for the board: memory size, boot order, disk types.
    void set_cmos(std::uint8_t index, std::uint8_t value) { state_.ram[index & 0x7F] = value; }
    std::uint8_t cmos(std::uint8_t index) const { return state_.ram[index & 0x7F]; }

    bool nmi_masked() const { return state_.nmi_masked; }
    /// What the guest's clock shows, in seconds since 1970-01-01.
    std::int64_t shown_time() { return second_at(clock_.now()); }

    Wire irq;  ///< IRQ8

private:
    bool running() const;
    bool update_in_progress(Nanoseconds now) const;
    std::int64_t second_at(Nanoseconds now) const;
    Ticks periods_at(Nanoseconds now) const;
    std::uint8_t flags_at(Nanoseconds now) const;
    void gather(Nanoseconds now);
    void schedule();
    Nanoseconds next_event(std::uint8_t enabled) const;
    std::int64_t next_alarm(std::int64_t after) const;

    std::uint8_t read_register(std::uint8_t index);
    void write_register(std::uint8_t index, std::uint8_t value);
    void write_register_a(std::uint8_t value, Nanoseconds now);
    void write_stopped(std::uint8_t index, std::uint8_t value, Nanoseconds now);
    void stop(Nanoseconds now);
    void start(Nanoseconds now);

    std::array<std::uint8_t, 128> with_date(std::int64_t second) const;
    std::int64_t date_registers(std::int64_t& weekday_shift) const;
    std::uint8_t encode(int value) const;
    int decode(std::uint8_t value) const;
    std::uint8_t encode_hour(int hour) const;
    int decode_hour(std::uint8_t value) const;

    Clock& clock_;
    Timer event_;
    State state_;
};

template <typename Archive>
void describe(Archive& archive, Rtc146818::State& state) {
    archive("ram", state.ram);
    archive("index", state.index);
    archive("nmi_masked", state.nmi_masked);
    archive("second", state.second);
    archive("second_began", state.second_began);
    archive("weekday_shift", state.weekday_shift);
    archive("flags", state.flags);
    archive("gathered_at", state.gathered_at);
}

}  // namespace calque
