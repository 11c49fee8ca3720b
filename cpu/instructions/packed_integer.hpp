// The packed integer instructions that exist for MMX and for XMM registers alike.
#pragma once

#include "cpu/instruction_table.hpp"

#include <array>
#include <cstdint>

namespace calque {

/// destination = op(destination, source) at 0F `opcode`: on MMX registers without, on XMM registers with
/// prefix 66.
struct PackedInteger {
    const char* name;
    std::uint8_t opcode;
    std::uint32_t mmx_feature = feature::mmx;  ///< what brought the form with MMX registers
    std::uint8_t mmx_memory_size = 8;
};

inline constexpr std::array packed_integers{
    PackedInteger{"punpcklbw", 0x60, feature::mmx, 4},
    PackedInteger{"punpcklwd", 0x61, feature::mmx, 4},
    PackedInteger{"punpckldq", 0x62, feature::mmx, 4},
    PackedInteger{"packsswb", 0x63},
    PackedInteger{"pcmpgtb", 0x64},
    PackedInteger{"pcmpgtw", 0x65},
    PackedInteger{"pcmpgtd", 0x66},
    PackedInteger{"packuswb", 0x67},
    PackedInteger{"punpckhbw", 0x68},
    PackedInteger{"punpckhwd", 0x69},
    PackedInteger{"punpckhdq", 0x6a},
    PackedInteger{"packssdw", 0x6b},
    PackedInteger{"pcmpeqb", 0x74},
    PackedInteger{"pcmpeqw", 0x75},
    PackedInteger{"pcmpeqd", 0x76},
    PackedInteger{"psrlw", 0xd1},
    PackedInteger{"psrld", 0xd2},
    PackedInteger{"psrlq", 0xd3},
    PackedInteger{"paddq", 0xd4, feature::sse2},
    PackedInteger{"pmullw", 0xd5},
    PackedInteger{"psubusb", 0xd8},
    PackedInteger{"psubusw", 0xd9},
    PackedInteger{"pminub", 0xda, feature::sse},
    PackedInteger{"pand", 0xdb},
    PackedInteger{"paddusb", 0xdc},
    PackedInteger{"paddusw", 0xdd},
    PackedInteger{"pmaxub", 0xde, feature::sse},
    PackedInteger{"pandn", 0xdf},
    PackedInteger{"pavgb", 0xe0, feature::sse},
    PackedInteger{"psraw", 0xe1},
    PackedInteger{"psrad", 0xe2},
    PackedInteger{"pavgw", 0xe3, feature::sse},
    PackedInteger{"pmulhuw", 0xe4, feature::sse},
    PackedInteger{"pmulhw", 0xe5},
    PackedInteger{"psubsb", 0xe8},
    PackedInteger{"psubsw", 0xe9},
    PackedInteger{"pminsw", 0xea, feature::sse},
    PackedInteger{"por", 0xeb},
    PackedInteger{"paddsb", 0xec},
    PackedInteger{"paddsw", 0xed},
    PackedInteger{"pmaxsw", 0xee, feature::sse},
    PackedInteger{"pxor", 0xef},
    PackedInteger{"psllw", 0xf1},
    PackedInteger{"pslld", 0xf2},
    PackedInteger{"psllq", 0xf3},
    PackedInteger{"pmuludq", 0xf4, feature::sse2},
    PackedInteger{"pmaddwd", 0xf5},
    PackedInteger{"psadbw", 0xf6, feature::sse},
    PackedInteger{"psubb", 0xf8},
    PackedInteger{"psubw", 0xf9},
    PackedInteger{"psubd", 0xfa},
    PackedInteger{"psubq", 0xfb, feature::sse2},
    PackedInteger{"paddb", 0xfc},
    PackedInteger{"paddw", 0xfd},
    PackedInteger{"paddd", 0xfe},
};

/// Shifts by an immediate: groups 71 to 73, and the opcode that shifts by a register's count.
struct PackedShift {
    const char* name;
    std::uint8_t group;
    std::int8_t digit;
    std::uint8_t by_register;
};

inline constexpr std::array packed_shifts{
    PackedShift{"psrlw", 0x71, 2, 0xd1}, PackedShift{"psraw", 0x71, 4, 0xe1},
    PackedShift{"psllw", 0x71, 6, 0xf1}, PackedShift{"psrld", 0x72, 2, 0xd2},
    PackedShift{"psrad", 0x72, 4, 0xe2}, PackedShift{"pslld", 0x72, 6, 0xf2},
    PackedShift{"psrlq", 0x73, 2, 0xd3}, PackedShift{"psllq", 0x73, 6, 0xf3},
};

}  // namespace calque
