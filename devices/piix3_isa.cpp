// PIRQ route control and the reset control register.
#include "devices/piix3_isa.hpp"

#include "devices/bits.hpp"

namespace calque {

namespace {

constexpr std::uint8_t pirq_route = 0x60;  // ..63h
constexpr std::uint8_t route_disabled = 0x80;
constexpr std::uint16_t reset_control_port = 0xCF9;
enum ResetControl : std::uint8_t { hard_reset = 0x02, reset_cpu = 0x04 };

}  // namespace

Piix3Isa::Piix3Isa() : PciDevice(state_.config) {
    set_identity({.vendor = 0x8086, .device = 0x7000, .class_code = 0x060100, .multifunction = true});
    set_writable(0x40, 0xC0);
    reset();
}

void Piix3Isa::reset() {
    reset_config();
    state_.reset_control = 0;
    for (unsigned offset = 0x40; offset < 0x100; ++offset) set_byte(static_cast<std::uint8_t>(offset), 0);
    set_byte(0x4C, 0x4D);  // ISA recovery times
    set_byte(0x4E, 0x03);
    for (unsigned i = 0; i < 4; ++i) set_byte(static_cast<std::uint8_t>(pirq_route + i), route_disabled);
    set_byte(0x69, 0x02);  // top of memory
    set_byte(0x70, 0x80);
    set_byte(0x76, 0x0C);
    set_byte(0x77, 0x0C);
    set_byte(0x78, 0x02);
    set_byte(0xA0, 0x08);
    route();
}

void Piix3Isa::restore(const State& state) {
    state_ = state;
    config_restored();
    route();
}

void Piix3Isa::set_pirq(unsigned pirq, bool level) {
    state_.pirq_levels = with_bit(state_.pirq_levels, pirq, level);
    route();
}

void Piix3Isa::config_written(std::uint8_t /*offset*/, unsigned /*size*/) { route(); }

void Piix3Isa::route() {
    std::uint16_t levels = 0;
    for (unsigned pirq = 0; pirq < 4; ++pirq) {
        const std::uint8_t target = byte(static_cast<std::uint8_t>(pirq_route + pirq));
        if (!(target & route_disabled) && bit(state_.pirq_levels, pirq))
            levels = with_bit(levels, target & 15, true);
    }
    for (unsigned i = 0; i < irq.size(); ++i) irq[i].set(bit(levels, i));
}

std::uint32_t Piix3Isa::port_read(std::uint16_t port, unsigned /*size*/) {
    return port == reset_control_port ? state_.reset_control : 0xFF;
}

// Setting RCPU resets; the bit itself does not stick.
void Piix3Isa::port_write(std::uint16_t port, std::uint32_t value, unsigned /*size*/) {
    if (port != reset_control_port) return;
    state_.reset_control = value & hard_reset;
    if (value & reset_cpu && reset_) reset_();
}

}  // namespace calque
