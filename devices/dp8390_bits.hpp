// Bits of the DP8390's registers (data sheet, "Register Descriptions").
#pragma once

#include <cstdint>

namespace calque::dp8390 {

namespace command {
inline constexpr std::uint8_t stop = 0x01, start = 0x02, transmit = 0x04, remote = 0x38;
}

/// The command register's field RD2..RD0; from 4 on the operation is aborted or complete.
enum class Remote : std::uint8_t { none = 0, read = 1, write = 2, send_packet = 3 };

namespace interrupt {
inline constexpr std::uint8_t received = 0x01, transmitted = 0x02, overwrite = 0x10, counter_overflow = 0x20,
                              remote_complete = 0x40, reset = 0x80;
}

namespace data_configuration {
inline constexpr std::uint8_t word_transfer = 0x01, big_endian = 0x02, long_address = 0x04;
}

namespace transmit_configuration {
inline constexpr std::uint8_t omit_checksum = 0x01, loopback = 0x06;
}

namespace transmit_status {
inline constexpr std::uint8_t transmitted = 0x01;
}

namespace receive_configuration {
inline constexpr std::uint8_t runt = 0x02, broadcast = 0x04, multicast = 0x08, promiscuous = 0x10,
                              monitor = 0x20;
}

namespace receive_status {
inline constexpr std::uint8_t received = 0x01, checksum_error = 0x02, group_address = 0x20, disabled = 0x40;
}

}  // namespace calque::dp8390
