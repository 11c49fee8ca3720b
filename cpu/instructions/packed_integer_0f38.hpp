// The packed integer instructions of opcode map 0F 38 whose results depend on their two operands alone.
#pragma once

#include "cpu/host_sse4.hpp"
#include "cpu/instructions/sse.hpp"

#include <array>
#include <cstdint>

namespace calque {

/// destination = op(destination, source), or with `access` write op(source), at 0F 38 `opcode`.
struct PackedInteger0f38 {
    const char* name;
    std::uint8_t opcode;
    Access access = Access::read_write;  ///< to ModRM.reg
    std::uint8_t memory_size = 16;
    std::uint32_t needed = feature::sse41;
    Mandatory mandatory = Mandatory::p66;
};

/// SSSE3: with MMX registers too, without the prefix.
inline constexpr std::array packed_integers_ssse3{
    PackedInteger0f38{"pshufb", 0x00},
    PackedInteger0f38{"phaddw", 0x01},
    PackedInteger0f38{"phaddd", 0x02},
    PackedInteger0f38{"phaddsw", 0x03},
    PackedInteger0f38{"pmaddubsw", 0x04},
    PackedInteger0f38{"phsubw", 0x05},
    PackedInteger0f38{"phsubd", 0x06},
    PackedInteger0f38{"phsubsw", 0x07},
    PackedInteger0f38{"psignb", 0x08},
    PackedInteger0f38{"psignw", 0x09},
    PackedInteger0f38{"psignd", 0x0a},
    PackedInteger0f38{"pmulhrsw", 0x0b},
    PackedInteger0f38{"pabsb", 0x1c, Access::write},
    PackedInteger0f38{"pabsw", 0x1d, Access::write},
    PackedInteger0f38{"pabsd", 0x1e, Access::write},
};

inline constexpr std::array packed_integers_sse4{
    PackedInteger0f38{"pmovsxbw", 0x20, Access::write, 8},
    PackedInteger0f38{"pmovsxbd", 0x21, Access::write, 4},
    PackedInteger0f38{"pmovsxbq", 0x22, Access::write, 2},
    PackedInteger0f38{"pmovsxwd", 0x23, Access::write, 8},
    PackedInteger0f38{"pmovsxwq", 0x24, Access::write, 4},
    PackedInteger0f38{"pmovsxdq", 0x25, Access::write, 8},
    PackedInteger0f38{"pmuldq", 0x28},
    PackedInteger0f38{"pcmpeqq", 0x29},
    PackedInteger0f38{"packusdw", 0x2b},
    PackedInteger0f38{"pmovzxbw", 0x30, Access::write, 8},
    PackedInteger0f38{"pmovzxbd", 0x31, Access::write, 4},
    PackedInteger0f38{"pmovzxbq", 0x32, Access::write, 2},
    PackedInteger0f38{"pmovzxwd", 0x33, Access::write, 8},
    PackedInteger0f38{"pmovzxwq", 0x34, Access::write, 4},
    PackedInteger0f38{"pmovzxdq", 0x35, Access::write, 8},
    PackedInteger0f38{"pcmpgtq", 0x37, Access::read_write, 16, feature::sse42},
    PackedInteger0f38{"pminsb", 0x38},
    PackedInteger0f38{"pminsd", 0x39},
    PackedInteger0f38{"pminuw", 0x3a},
    PackedInteger0f38{"pminud", 0x3b},
    PackedInteger0f38{"pmaxsb", 0x3c},
    PackedInteger0f38{"pmaxsd", 0x3d},
    PackedInteger0f38{"pmaxuw", 0x3e},
    PackedInteger0f38{"pmaxud", 0x3f},
    PackedInteger0f38{"pmulld", 0x40},
    PackedInteger0f38{"phminposuw", 0x41, Access::write},
};

inline constexpr std::array packed_integers_aes{
    PackedInteger0f38{"aesimc", 0xdb, Access::write, 16, feature::aes},
    PackedInteger0f38{"aesenc", 0xdc, Access::read_write, 16, feature::aes},
    PackedInteger0f38{"aesenclast", 0xdd, Access::read_write, 16, feature::aes},
    PackedInteger0f38{"aesdec", 0xde, Access::read_write, 16, feature::aes},
    PackedInteger0f38{"aesdeclast", 0xdf, Access::read_write, 16, feature::aes},
};

/// Their source operands need not be aligned.
inline constexpr std::array packed_integers_sha{
    PackedInteger0f38{"sha1nexte", 0xc8, Access::read_write, 16, feature::sha, Mandatory::none},
    PackedInteger0f38{"sha1msg1", 0xc9, Access::read_write, 16, feature::sha, Mandatory::none},
    PackedInteger0f38{"sha1msg2", 0xca, Access::read_write, 16, feature::sha, Mandatory::none},
    PackedInteger0f38{"sha256msg1", 0xcc, Access::read_write, 16, feature::sha, Mandatory::none},
    PackedInteger0f38{"sha256msg2", 0xcd, Access::read_write, 16, feature::sha, Mandatory::none},
};

template <const auto& forms, std::size_t index, std::uint32_t needed>
void packed_0f38(Cpu& cpu, const Insn& insn, const void* source) {
    constexpr PackedInteger0f38 form = forms[index];
    host_sse::packed_0f38<needed, form.mandatory, form.opcode>(reg_xmm(cpu, insn), source);
}

template <const auto& forms, std::size_t index, std::uint32_t needed = forms[index].needed>
constexpr Row packed_0f38_row() {
    constexpr PackedInteger0f38 form = forms[index];
    Row row = in_map(
        OpcodeMap::map_0f38,
        sse_row(form.name, form.mandatory, form.opcode, form.memory_size,
                sse_forms<WithSource<packed_0f38<forms, index, needed>, form.memory_size>::template From>));
    row.reg_access = form.access;
    return needing(needed, row);
}

}  // namespace calque
