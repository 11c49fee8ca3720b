// SSE4 packed integers: arithmetic, comparison, widening, blends and PTEST (SDM vol. 1, "Programming with
// ... SSE4").
#include "cpu/instructions/packed_integer_0f38.hpp"
#include "cpu/instructions/rows.hpp"

#include <utility>

namespace calque {
namespace {

using enum Mandatory;

/// A vector register as the two halves of a bit string.
using Halves = std::array<std::uint64_t, 2>;

Halves halves_of(const void* value) {
    Halves halves;
    std::memcpy(halves.data(), value, sizeof(halves));
    return halves;
}

/// PTEST: ZF is set if the source has no bit of the destination's, CF if it has no other.
bool ptest(Cpu& cpu, const Insn& insn) {
    Xmm buffer;
    const void* source = sse_source<16>(cpu, insn, buffer);
    if (!source) return false;
    const Halves left = halves_of(&reg_xmm(cpu, insn)), right = halves_of(source);
    const bool none_common = !((left[0] & right[0]) | (left[1] & right[1]));
    const bool none_else = !((~left[0] & right[0]) | (~left[1] & right[1]));
    cpu.state.status = StatusFlags::unpack((none_common ? flag::zf : 0) | (none_else ? flag::cf : 0));
    return true;
}

/// Takes those elements of `size` bytes from the source which `chosen` names.
template <unsigned size, typename Chosen>
bool blend(Cpu& cpu, const Insn& insn, Chosen chosen) {
    Xmm buffer;
    const void* source = sse_source<16>(cpu, insn, buffer);
    if (!source) return false;
    const auto* from = static_cast<const std::uint8_t*>(source);
    Xmm value = reg_xmm(cpu, insn);
    for (unsigned i = 0; i < 16 / size; ++i)
        if (chosen(i)) std::memcpy(value.bytes.data() + i * size, from + i * size, size);
    reg_xmm(cpu, insn) = value;
    return true;
}

/// BLENDPS, BLENDPD, PBLENDW: by a bit of the immediate.
template <unsigned size>
bool blend_by_immediate(Cpu& cpu, const Insn& insn) {
    return blend<size>(cpu, insn, [&](unsigned i) { return insn.immediate >> i & 1; });
}

/// BLENDVPS, BLENDVPD, PBLENDVB: by the top bit of XMM0's element.
template <unsigned size>
bool blend_by_register(Cpu& cpu, const Insn& insn) {
    const Xmm mask = cpu.state.fpu.xmm[0];
    return blend<size>(cpu, insn, [&](unsigned i) { return mask.bytes[(i + 1) * size - 1] >> 7; });
}

/// MPSADBW: a block of four source bytes against eight that overlap in the destination.
bool mpsadbw(Cpu& cpu, const Insn& insn) {
    Xmm buffer;
    const void* source = sse_source<16>(cpu, insn, buffer);
    if (!source) return false;
    const auto* block = static_cast<const std::uint8_t*>(source) + (insn.immediate & 3) * 4;
    const std::uint8_t* from = reg_xmm(cpu, insn).bytes.data() + (insn.immediate >> 2 & 1) * 4;
    std::array<std::uint16_t, 8> sums{};
    for (unsigned i = 0; i < sums.size(); ++i)
        for (unsigned j = 0; j < 4; ++j)
            sums[i] = static_cast<std::uint16_t>(sums[i] + std::abs(from[i + j] - block[j]));
    std::memcpy(reg_xmm(cpu, insn).bytes.data(), sums.data(), sizeof(sums));
    return true;
}

// Rows.

template <auto semantics>
constexpr Row row_of_sse41(OpcodeMap map, const char* name, std::uint8_t opcode) {
    return needing(feature::sse41, in_map(map, sse_row<semantics>(name, p66, opcode, 16)));
}
constexpr Row ptest_row() {
    Row row = row_of_sse41<ptest>(OpcodeMap::map_0f38, "ptest", 0x17);
    row.reg_access = Access::read;
    row.flags.written = flag::status;
    return row;
}

template <std::size_t... index>
constexpr auto make_packed_rows(std::index_sequence<index...>) {
    return std::array{packed_0f38_row<packed_integers_sse4, index>()...};
}

constexpr std::array other_rows{
    ptest_row(),
    row_of_sse41<blend_by_register<1>>(OpcodeMap::map_0f38, "pblendvb", 0x10),
    row_of_sse41<blend_by_register<4>>(OpcodeMap::map_0f38, "blendvps", 0x14),
    row_of_sse41<blend_by_register<8>>(OpcodeMap::map_0f38, "blendvpd", 0x15),
    row_of_sse41<blend_by_immediate<4>>(OpcodeMap::map_0f3a, "blendps", 0x0c),
    row_of_sse41<blend_by_immediate<8>>(OpcodeMap::map_0f3a, "blendpd", 0x0d),
    row_of_sse41<blend_by_immediate<2>>(OpcodeMap::map_0f3a, "pblendw", 0x0e),
    row_of_sse41<mpsadbw>(OpcodeMap::map_0f3a, "mpsadbw", 0x42),
};

constexpr auto rows =
    join(make_packed_rows(std::make_index_sequence<packed_integers_sse4.size()>{}), other_rows);

}  // namespace

std::span<const Row> sse4_packed_integer_rows() { return rows; }

}  // namespace calque
