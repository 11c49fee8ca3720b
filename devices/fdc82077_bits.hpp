// Bits of the 82077AA's registers (data sheet, "Register Description" and "Status Register Encoding").
#pragma once

#include <cstdint>

namespace calque::fdc {

namespace dor {
inline constexpr std::uint8_t select = 0x03, not_reset = 0x04, dma_gate = 0x08;
inline constexpr unsigned first_motor = 4;
}  // namespace dor

namespace dsr {
inline constexpr std::uint8_t rate = 0x03, precompensation = 0x1C, power_down = 0x40, software_reset = 0x80;
}

namespace msr {
inline constexpr std::uint8_t command_busy = 0x10, non_dma = 0x20, to_host = 0x40, request = 0x80;
}

namespace st0 {
inline constexpr std::uint8_t equipment_check = 0x10, seek_end = 0x20, abnormal = 0x40, invalid = 0x80,
                              polled = 0xC0;
}

namespace st1 {
inline constexpr std::uint8_t missing_address_mark = 0x01, not_writable = 0x02, no_data = 0x04,
                              overrun = 0x10, data_error = 0x20, end_of_cylinder = 0x80;
}

namespace st2 {
inline constexpr std::uint8_t scan_not_satisfied = 0x04, scan_equal = 0x08, wrong_cylinder = 0x10,
                              data_error = 0x20, control_mark = 0x40;
}

/// N of sectors with 512 bytes.
inline constexpr std::uint8_t size_code = 2;

/// Bytes of an address that FORMAT TRACK takes: C, H, R, N.
inline constexpr std::uint32_t format_address_size = 4;

/// Bytes of the FIFO.
inline constexpr unsigned fifo_size = 16;

/// The second byte of CONFIGURE.
namespace configuration {
inline constexpr std::uint8_t threshold = 0x0F, no_polling = 0x10, no_fifo = 0x20, implied_seek = 0x40;
}

/// The first byte of commands.
namespace option {
inline constexpr std::uint8_t skip = 0x20, mfm = 0x40, multi_track = 0x80, inward = 0x40, lock = 0x80;
}

/// The low five bits of a command's first byte.
namespace opcode {
inline constexpr std::uint8_t read_track = 0x02, write = 0x05, read = 0x06, write_deleted = 0x09,
                              read_id = 0x0A, read_deleted = 0x0C, format = 0x0D, scan_equal = 0x11,
                              verify = 0x16, scan_low = 0x19, scan_high = 0x1D;
}

}  // namespace calque::fdc
