// Data at the first port, status and commands at the second.
#include "devices/mpu401.hpp"

namespace calque {

namespace {

constexpr std::uint8_t acknowledged = 0xFE;
enum Command : std::uint8_t { enter_uart = 0x3F, reset_unit = 0xFF };
/// Status, both active low: something to read, room to write.
enum Status : std::uint8_t { nothing_to_read = 0x80, others = 0x3F };

}  // namespace

std::uint32_t Mpu401::port_read(std::uint16_t port, unsigned /*size*/) {
    if (port != first_port) return state_.replies.empty() ? nothing_to_read | others : others;
    if (state_.replies.empty()) return acknowledged;
    const std::uint8_t value = state_.replies.front();
    state_.replies.erase(state_.replies.begin());
    return value;
}

// In UART mode a reset only leaves it, and nothing else is understood.
void Mpu401::port_write(std::uint16_t port, std::uint32_t value, unsigned /*size*/) {
    if (port == first_port) return;
    if (state_.uart && value != reset_unit) return;
    state_.replies.assign(1, acknowledged);
    state_.uart = value == enter_uart;
}

}  // namespace calque
