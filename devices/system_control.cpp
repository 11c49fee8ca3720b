// Ports 61h and 92h.
#include "devices/system_control.hpp"

#include "devices/bits.hpp"

namespace calque {

namespace {

enum PortB : std::uint8_t { gate2 = 0x01, writable_b = 0x0F, refresh = 0x10, out2 = 0x20 };
enum PortA : std::uint8_t { fast_reset = 0x01, fast_a20 = 0x02 };

// DRAM refresh: counter 1 of a PC divides the timer's clock by 18, and the bit toggles at every request.
constexpr Ticks refresh_divisor = 18;

}  // namespace

void SystemControlPortB::reset() {
    state_ = {};
    pit_.set_gate2(false);
}

std::uint32_t SystemControlPortB::port_read(std::uint16_t /*port*/, unsigned /*size*/) {
    const bool toggled = ticks_at(clock_.now(), Pit8254::hertz) / refresh_divisor & 1;
    return state_.control | unsigned{refresh} * toggled | unsigned{out2} * pit_.out2();
}

void SystemControlPortB::port_write(std::uint16_t /*port*/, std::uint32_t value, unsigned /*size*/) {
    if (change_) change_();
    state_.control = byte_of(value) & writable_b;
    pit_.set_gate2(state_.control & gate2);
}

void SystemControlPortA::restore(const State& state) {
    state_ = state;
    a20.set(state_.control & fast_a20);
}

std::uint32_t SystemControlPortA::port_read(std::uint16_t /*port*/, unsigned /*size*/) {
    return state_.control;
}

void SystemControlPortA::port_write(std::uint16_t /*port*/, std::uint32_t value, unsigned /*size*/) {
    const bool reset_rises = value & fast_reset && !(state_.control & fast_reset);
    restore({byte_of(value)});
    if (reset_rises && reset_) reset_();
}

}  // namespace calque
