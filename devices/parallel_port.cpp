// Data, status and control of the parallel port (IBM PC AT Technical Reference, "Printer Adapter").
#include "devices/parallel_port.hpp"

#include "devices/bits.hpp"

namespace calque {
namespace {

enum Register : std::uint16_t { data, status, control };

/// STROBE, AUTO FEED, INIT, SELECT INPUT and the interrupt enable. The other bits read as ones.
constexpr std::uint8_t control_bits = 0x1F;
/// ERROR, SELECT, PAPER END and ACK are high; BUSY is high as well and inverted. The low bits are not there.
constexpr std::uint8_t empty_connector = 0x7F;

}  // namespace

std::uint32_t ParallelPort::port_read(std::uint16_t port, unsigned /*size*/) {
    switch (port - first_port) {
        case data: return state_.data;
        case status: return empty_connector;
        default: return state_.control | static_cast<std::uint8_t>(~control_bits);
    }
}

void ParallelPort::port_write(std::uint16_t port, std::uint32_t value, unsigned /*size*/) {
    if (port == first_port + data) state_.data = byte_of(value);
    if (port == first_port + control) state_.control = value & control_bits;
}

}  // namespace calque
