// Bits of the RTL8139C's registers (data sheet, "Register Descriptions").
#pragma once

#include <cstdint>

namespace calque::rtl8139 {

namespace interrupt {
inline constexpr std::uint16_t receive_ok = 0x0001, transmit_ok = 0x0004, receive_overflow = 0x0010,
                               link_change = 0x0020, time_out = 0x4000, implemented = 0xE07F;
}

namespace command {
inline constexpr std::uint8_t buffer_empty = 0x01, transmitter_enable = 0x04, receiver_enable = 0x08,
                              reset = 0x10;
}

namespace transmit_status {
inline constexpr std::uint32_t size = 0x1FFF, own = 0x2000, underrun = 0x4000, ok = 0x8000,
                               writable = 0x3F'3FFF, aborted = 0x4000'0000;
}

namespace transmit_configuration {
inline constexpr std::uint32_t omit_checksum = 0x1'0000, loopback = 0x6'0000, writable = 0x307'07F0,
                               version_8139c = 0x7400'0000;
}

namespace receive_configuration {
inline constexpr std::uint32_t accept_all = 0x01, accept_physical = 0x02, accept_multicast = 0x04,
                               accept_broadcast = 0x08, accept_runt = 0x10, no_wrap = 0x80,
                               buffer_length = 0x1800, writable = 0x0F03'FFBF;
}

/// The word before each frame in the receive ring.
namespace receive_status {
inline constexpr std::uint16_t ok = 0x0001, runt = 0x0010, broadcast = 0x2000, physical = 0x4000,
                               multicast = 0x8000;
}

}  // namespace calque::rtl8139
