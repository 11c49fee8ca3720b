// SSE and SSE2 shuffles by an immediate, and words in and out of XMM registers.
#include "cpu/instructions/sse.hpp"

namespace calque {
namespace {

using enum Mandatory;

template <typename T>
using Lanes = std::array<T, 16 / sizeof(T)>;

template <typename T>
Lanes<T> lanes_of(const void* value) {
    Lanes<T> lanes;
    std::memcpy(lanes.data(), value, sizeof(lanes));
    return lanes;
}
template <typename T>
void set_lanes(Xmm& value, const Lanes<T>& lanes) {
    std::memcpy(value.bytes.data(), lanes.data(), sizeof(lanes));
}

bool pshufd(Cpu& cpu, const Insn& insn) {
    Xmm buffer;
    const void* source = sse_source<16>(cpu, insn, buffer);
    if (!source) return false;
    const auto from = lanes_of<std::uint32_t>(source);
    Lanes<std::uint32_t> to;
    for (unsigned i = 0; i < 4; ++i) to[i] = from[insn.immediate >> (2 * i) & 3];
    set_lanes(reg_xmm(cpu, insn), to);
    return true;
}

/// PSHUFLW, or with `first` 4 PSHUFHW: the other half is copied.
template <unsigned first>
bool shuffle_words(Cpu& cpu, const Insn& insn) {
    Xmm buffer;
    const void* source = sse_source<16>(cpu, insn, buffer);
    if (!source) return false;
    const auto from = lanes_of<std::uint16_t>(source);
    auto to = from;
    for (unsigned i = 0; i < 4; ++i) to[first + i] = from[first + (insn.immediate >> (2 * i) & 3)];
    set_lanes(reg_xmm(cpu, insn), to);
    return true;
}

/// SHUFPS: two elements of the destination, then two of the source.
bool shufps(Cpu& cpu, const Insn& insn) {
    Xmm buffer;
    const void* source = sse_source<16>(cpu, insn, buffer);
    if (!source) return false;
    const auto low = lanes_of<std::uint32_t>(&reg_xmm(cpu, insn)), high = lanes_of<std::uint32_t>(source);
    const std::uint32_t order = insn.immediate;
    set_lanes<std::uint32_t>(reg_xmm(cpu, insn), {low[order & 3], low[order >> 2 & 3], high[order >> 4 & 3],
                                                  high[order >> 6 & 3]});
    return true;
}

bool shufpd(Cpu& cpu, const Insn& insn) {
    Xmm buffer;
    const void* source = sse_source<16>(cpu, insn, buffer);
    if (!source) return false;
    const auto low = lanes_of<std::uint64_t>(&reg_xmm(cpu, insn)), high = lanes_of<std::uint64_t>(source);
    set_lanes<std::uint64_t>(reg_xmm(cpu, insn), {low[insn.immediate & 1], high[insn.immediate >> 1 & 1]});
    return true;
}

bool pinsrw(Cpu& cpu, const Insn& insn) {
    std::uint16_t word;
    if (!insn.has_memory())
        word = register_at<std::uint16_t>(cpu.state, insn.rm);
    else if (!RmMemory::read(cpu, insn, word))
        return false;
    std::memcpy(reg_xmm(cpu, insn).bytes.data() + (insn.immediate & 7) * 2, &word, sizeof(word));
    return true;
}

bool pextrw(Cpu& cpu, const Insn& insn) {
    const std::uint32_t word = lanes_of<std::uint16_t>(&rm_xmm(cpu, insn))[insn.immediate & 7];
    set_register_at(cpu.state, insn.reg, word);
    return true;
}

constexpr std::array rows{
    writes_reg(sse_row<pshufd>("pshufd", p66, 0x70, 16)),
    with_feature(writes_reg(sse_row<shuffle_words<4>>("pshufhw", pf3, 0x70, 16)), feature::sse2),
    writes_reg(sse_row<shuffle_words<0>>("pshuflw", pf2, 0x70, 16)),
    sse_row<shufps>("shufps", none, 0xc6, 16),
    sse_row<shufpd>("shufpd", p66, 0xc6, 16),
    with_rm(sse_row<pinsrw>("pinsrw", p66, 0xc4, 2), OperandKind::gpr32),
    writes_reg(with_reg(with_mod(sse_row<pextrw>("pextrw", p66, 0xc5, 0), Mod::reg), OperandKind::gpr32)),
};

}  // namespace

std::span<const Row> sse_shuffle_rows() { return rows; }

}  // namespace calque
