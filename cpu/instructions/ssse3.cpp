// SSSE3 (SDM vol. 1, "Programming with SSSE3"): each form for XMM and for MMX registers.
#include "cpu/instructions/mmx.hpp"
#include "cpu/instructions/packed_integer_0f38.hpp"
#include "cpu/instructions/rows.hpp"

#include <algorithm>
#include <utility>

namespace calque {
namespace {

template <std::uint8_t opcode>
void apply_mm(unsigned number, std::uint64_t source) {
#ifndef CALQUE_PORTABLE
    if (host_has(feature::ssse3)) return host_x87::mmx_0f38<opcode>(number, &source);
#endif
    std::array<std::uint8_t, 8> to, from;
    std::uint64_t value = host_x87::read_mm(number);
    std::memcpy(to.data(), &value, sizeof(value));
    std::memcpy(from.data(), &source, sizeof(source));
    soft::packed_integer_0f38(opcode, to, from);
    std::memcpy(&value, to.data(), sizeof(value));
    host_x87::write_mm(number, value);
}

template <std::uint8_t opcode>
bool packed_mm(Cpu& cpu, const Insn& insn) {
    std::uint64_t source;
    if (!begin_x87(cpu) || !read_mm_operand(cpu, insn, source)) return false;
    apply_mm<opcode>(insn.modrm_reg(), source);
    return true;
}

/// PALIGNR: `to` becomes the bytes from `first` on of it (upper) and `from` (lower), then zeros.
template <std::size_t size>
void align_right(std::array<std::uint8_t, size>& to, const std::array<std::uint8_t, size>& from,
                 unsigned first) {
    std::array<std::uint8_t, 3 * size> all{};
    std::ranges::copy(from, all.begin());
    std::ranges::copy(to, all.begin() + size);
    std::copy_n(all.begin() + std::min<std::size_t>(first, 2 * size), size, to.begin());
}

bool palignr(Cpu& cpu, const Insn& insn) {
    Xmm buffer;
    const void* source = sse_source<16>(cpu, insn, buffer);
    if (!source) return false;
    std::array<std::uint8_t, 16> from;
    std::memcpy(from.data(), source, sizeof(from));
    align_right(reg_xmm(cpu, insn).bytes, from, insn.immediate & 0xff);
    return true;
}

bool palignr_mm(Cpu& cpu, const Insn& insn) {
    std::uint64_t source;
    if (!begin_x87(cpu) || !read_mm_operand(cpu, insn, source)) return false;
    std::array<std::uint8_t, 8> to, from;
    std::uint64_t value = host_x87::read_mm(insn.modrm_reg());
    std::memcpy(to.data(), &value, sizeof(value));
    std::memcpy(from.data(), &source, sizeof(source));
    align_right(to, from, insn.immediate & 0xff);
    std::memcpy(&value, to.data(), sizeof(value));
    host_x87::write_mm(insn.modrm_reg(), value);
    return true;
}

// Rows.

template <auto semantics>
constexpr Row mm_row(OpcodeMap map, const char* name, std::uint8_t opcode) {
    return needing(feature::mmx | feature::ssse3, in_map(map, mmx_row<semantics>(name, opcode)));
}
template <std::size_t index>
constexpr Row packed_mm_row() {
    constexpr PackedInteger0f38 form = packed_integers_ssse3[index];
    Row row = mm_row<packed_mm<form.opcode>>(OpcodeMap::map_0f38, form.name, form.opcode);
    row.reg_access = form.access;
    return row;
}
template <std::size_t... index>
constexpr auto make_packed_rows(std::index_sequence<index...>) {
    return std::array{packed_0f38_row<packed_integers_ssse3, index, feature::ssse3>()...,
                      packed_mm_row<index>()...};
}

constexpr std::array alignment_rows{
    needing(feature::ssse3,
            in_map(OpcodeMap::map_0f3a, sse_row<palignr>("palignr", Mandatory::p66, 0x0f, 16))),
    mm_row<palignr_mm>(OpcodeMap::map_0f3a, "palignr", 0x0f),
};

constexpr auto rows =
    join(make_packed_rows(std::make_index_sequence<packed_integers_ssse3.size()>{}), alignment_rows);

}  // namespace

std::span<const Row> ssse3_rows() { return rows; }

}  // namespace calque
