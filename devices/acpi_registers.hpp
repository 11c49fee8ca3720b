// ACPI fixed hardware: PM1 event and control blocks, the power management timer, GPE0.
#pragma once

#include "devices/clock.hpp"
#include "devices/rate.hpp"
#include "devices/wire.hpp"

#include <array>
#include <cstdint>
#include <functional>

namespace calque {

/// Names as in the ACPI specification, "ACPI Hardware Specification". Offsets are the PIIX4's.
class AcpiRegisters {
public:
    static constexpr std::int64_t timer_hertz = 3'579'545;
    static constexpr unsigned block_size = 0x40, gpe0_size = 4;

    struct State {
        std::array<std::uint8_t, block_size>
            registers{};               ///< what reads back as written, PM1_EN and PM1_CNT too
        std::uint16_t pm1_status = 0;  ///< but for TMR_STS after `gathered_at`
        Nanoseconds gathered_at = 0;
        std::array<std::uint8_t, 2> gpe0_status{}, gpe0_enable{};
    };

    explicit AcpiRegisters(Clock& clock);
    const State& state() const { return state_; }
    void restore(const State& state);
    void reset();

    /// What lies within the block. The timer does not move on between the bytes of one access.
    std::uint32_t read(unsigned offset, unsigned size);
    void write(unsigned offset, std::uint8_t value);
    std::uint8_t read_gpe0(unsigned offset) const;
    void write_gpe0(unsigned offset, std::uint8_t value);

    /// SCI_EN, which firmware sets by a command to the SMI port.
    void set_sci_enabled(bool enabled);
    void press_power_button();
    void raise_gpe0(unsigned number);
    /// SLP_EN was written with the SLP_TYP of soft-off (0, as this board's firmware tables say).
    void on_power_off(std::function<void()> callback) { power_off_ = std::move(callback); }

    Wire sci;

private:
    Ticks timer_at(Nanoseconds time) const { return ticks_at(time, timer_hertz); }
    std::uint16_t pm1_enable() const;
    bool sci_enabled() const;
    void gather(Nanoseconds now);
    std::uint8_t read_byte(unsigned offset, Nanoseconds now) const;
    void update();
    void write_control_high(std::uint8_t value);

    Clock& clock_;
    Timer overflow_;
    State state_;
    std::function<void()> power_off_;
};

template <typename Archive>
void describe(Archive& archive, AcpiRegisters::State& state) {
    archive("registers", state.registers);
    archive("pm1_status", state.pm1_status);
    archive("gathered_at", state.gathered_at);
    archive("gpe0_status", state.gpe0_status);
    archive("gpe0_enable", state.gpe0_enable);
}

}  // namespace calque
