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

/// Written as a whole: a host that reads 16 bytes which were stored in parts waits for them.
void set_halves(Xmm& value, std::uint64_t low, std::uint64_t high) {
    const std::uint64_t __attribute__((vector_size(16))) both{low, high};
    std::memcpy(value.bytes.data(), &both, sizeof(both));
}
constexpr std::uint64_t pair(std::uint32_t low, std::uint32_t high) {
    return std::uint64_t{high} << 32 | low;
}

void shuffle_doublewords(Cpu& cpu, const Insn& insn, const void* source) {
    const auto from = lanes_of<std::uint32_t>(source);
    const std::uint32_t order = insn.immediate;
    set_halves(reg_xmm(cpu, insn), pair(from[order & 3], from[order >> 2 & 3]),
               pair(from[order >> 4 & 3], from[order >> 6 & 3]));
}

/// PSHUFLW, or for the upper `half` PSHUFHW: the other half is copied.
template <unsigned half>
void shuffle_words(Cpu& cpu, const Insn& insn, const void* source) {
    auto halves = lanes_of<std::uint64_t>(source);
    std::uint64_t shuffled = 0;
    for (unsigned i = 0; i < 4; ++i)
        shuffled |= (halves[half] >> (insn.immediate >> (2 * i) & 3) * 16 & 0xffff) << (16 * i);
    halves[half] = shuffled;
    set_halves(reg_xmm(cpu, insn), halves[0], halves[1]);
}

/// SHUFPS: two elements of the destination, then two of the source.
void shuffle_singles(Cpu& cpu, const Insn& insn, const void* source) {
    const auto low = lanes_of<std::uint32_t>(&reg_xmm(cpu, insn)), high = lanes_of<std::uint32_t>(source);
    const std::uint32_t order = insn.immediate;
    set_halves(reg_xmm(cpu, insn), pair(low[order & 3], low[order >> 2 & 3]),
               pair(high[order >> 4 & 3], high[order >> 6 & 3]));
}

void shuffle_doubles(Cpu& cpu, const Insn& insn, const void* source) {
    const auto low = lanes_of<std::uint64_t>(&reg_xmm(cpu, insn)), high = lanes_of<std::uint64_t>(source);
    set_halves(reg_xmm(cpu, insn), low[insn.immediate & 1], high[insn.immediate >> 1 & 1]);
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

template <auto action>
constexpr Row shuffle_row(const char* name, Mandatory mandatory, std::uint8_t opcode) {
    return sse_row(name, mandatory, opcode, 16, sse_forms<WithSource<action, 16>::template From>);
}

constexpr std::array rows{
    writes_reg(shuffle_row<shuffle_doublewords>("pshufd", p66, 0x70)),
    needing(feature::sse2, writes_reg(shuffle_row<shuffle_words<1>>("pshufhw", pf3, 0x70))),
    writes_reg(shuffle_row<shuffle_words<0>>("pshuflw", pf2, 0x70)),
    shuffle_row<shuffle_singles>("shufps", none, 0xc6),
    shuffle_row<shuffle_doubles>("shufpd", p66, 0xc6),
    with_rm(sse_row<pinsrw>("pinsrw", p66, 0xc4, 2), OperandKind::gpr32),
    writes_reg(with_reg(only(Mod::reg, sse_row("pextrw", p66, 0xc5, 0, handlers_any(threaded<pextrw>))),
                        OperandKind::gpr32)),
};

}  // namespace

std::span<const Row> sse_shuffle_rows() { return rows; }

}  // namespace calque
