// Status and enable pairs, SCI, and the 24-bit timer.
#include "devices/acpi_registers.hpp"

#include "devices/bits.hpp"

namespace calque {

namespace {

enum Offset : unsigned { pm1_status_at = 0, pm1_enable_at = 2, pm1_control_at = 4, timer_at_offset = 8 };
enum Pm1Event : std::uint16_t { timer_status = 0x0001, power_button = 0x0100, wakes_sci = 0x0521 };
constexpr std::uint8_t sci_enable = 0x01, sleep_enable = 0x20, sleep_type_mask = 0x1C;
constexpr unsigned timer_carry = 23;  // TMR_STS follows every change of the timer's top bit
constexpr Ticks timer_mask = 0xFF'FFFF;

}  // namespace

AcpiRegisters::AcpiRegisters(Clock& clock)
    : clock_(clock), overflow_(clock, "acpi timer", [this] { update(); }) {}

void AcpiRegisters::reset() {
    state_ = {};
    state_.gathered_at = clock_.now();
    update();
}

void AcpiRegisters::restore(const State& state) {
    state_ = state;
    update();
}

std::uint16_t AcpiRegisters::pm1_enable() const {
    return static_cast<std::uint16_t>(load_little_endian(state_.registers, pm1_enable_at, 2));
}

bool AcpiRegisters::sci_enabled() const { return state_.registers[pm1_control_at] & sci_enable; }

void AcpiRegisters::gather(Nanoseconds now) {
    if (timer_at(now) >> timer_carry != timer_at(state_.gathered_at) >> timer_carry)
        state_.pm1_status |= timer_status;
    state_.gathered_at = now;
}

// The timer is needed only while its overflow would raise SCI.
void AcpiRegisters::update() {
    const Ticks next_carry = ((timer_at(state_.gathered_at) >> timer_carry) + 1) << timer_carry;
    const Nanoseconds carry_time = time_of_tick(next_carry, timer_hertz);
    const bool carried = state_.pm1_status & timer_status || clock_.now() >= carry_time;
    const unsigned status = state_.pm1_status | unsigned{timer_status} * carried;
    bool event = (status & pm1_enable() & wakes_sci) != 0;
    for (unsigned i = 0; i < 2; ++i) event |= (state_.gpe0_status[i] & state_.gpe0_enable[i]) != 0;
    const bool wanted = pm1_enable() & timer_status && sci_enabled() && !carried;
    overflow_.arm(wanted ? carry_time : never);
    sci.set(event && sci_enabled());
}

std::uint32_t AcpiRegisters::read(unsigned offset, unsigned size) {
    const Nanoseconds now = clock_.now();
    if (offset < pm1_enable_at) gather(now);
    std::uint32_t value = 0;
    for (unsigned i = 0; i < size; ++i) value |= std::uint32_t{read_byte(offset + i, now)} << 8 * i;
    return value;
}

std::uint8_t AcpiRegisters::read_byte(unsigned offset, Nanoseconds now) const {
    if (offset < pm1_enable_at) return byte_of(state_.pm1_status, offset);
    if (offset >= timer_at_offset && offset < timer_at_offset + 4)
        return byte_of(timer_at(now) & timer_mask, offset - timer_at_offset);
    return state_.registers[offset];
}

void AcpiRegisters::write(unsigned offset, std::uint8_t value) {
    gather(clock_.now());
    if (offset < pm1_enable_at) {
        state_.pm1_status = static_cast<std::uint16_t>(state_.pm1_status & ~(value << 8 * offset));
    } else if (offset == pm1_control_at + 1) {
        write_control_high(value);
    } else {
        state_.registers[offset] = value;
    }
    update();
}

void AcpiRegisters::write_control_high(std::uint8_t value) {
    state_.registers[pm1_control_at + 1] = value & ~sleep_enable & 0xFF;
    if (value & sleep_enable && !(value & sleep_type_mask) && power_off_) power_off_();
}

std::uint8_t AcpiRegisters::read_gpe0(unsigned offset) const {
    return offset < 2 ? state_.gpe0_status[offset] : state_.gpe0_enable[offset - 2];
}

void AcpiRegisters::write_gpe0(unsigned offset, std::uint8_t value) {
    if (offset < 2)
        state_.gpe0_status[offset] = static_cast<std::uint8_t>(state_.gpe0_status[offset] & ~value);
    else
        state_.gpe0_enable[offset - 2] = value;
    update();
}

void AcpiRegisters::set_sci_enabled(bool enabled) {
    gather(clock_.now());
    std::uint8_t& control = state_.registers[pm1_control_at];
    control = merge(control, enabled ? sci_enable : 0, sci_enable);
    update();
}

void AcpiRegisters::press_power_button() {
    state_.pm1_status |= power_button;
    update();
}

void AcpiRegisters::raise_gpe0(unsigned number) {
    std::uint8_t& status = state_.gpe0_status[number / 8];
    status = with_bit(status, number % 8, true);
    update();
}

}  // namespace calque
