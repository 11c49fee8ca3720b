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

template <typename Source>
struct ShuffleDoublewords {
    static bool run(Cpu& cpu, const Insn& insn) {
        Source operand;
        const void* source = operand.template find<16>(cpu, insn);
        if (!source) return false;
        const auto from = lanes_of<std::uint32_t>(source);
        const std::uint32_t order = insn.immediate;
        set_halves(reg_xmm(cpu, insn), pair(from[order & 3], from[order >> 2 & 3]),
                   pair(from[order >> 4 & 3], from[order >> 6 & 3]));
        return true;
    }
};

/// PSHUFLW, or for the upper `half` PSHUFHW: the other half is copied.
template <unsigned half>
struct ShuffleWords {
    template <typename Source>
    struct From {
        static bool run(Cpu& cpu, const Insn& insn) {
            Source operand;
            const void* source = operand.template find<16>(cpu, insn);
            if (!source) return false;
            auto halves = lanes_of<std::uint64_t>(source);
            std::uint64_t shuffled = 0;
            for (unsigned i = 0; i < 4; ++i)
                shuffled |= (halves[half] >> (insn.immediate >> (2 * i) & 3) * 16 & 0xffff) << (16 * i);
            halves[half] = shuffled;
            set_halves(reg_xmm(cpu, insn), halves[0], halves[1]);
            return true;
        }
    };
};

/// SHUFPS: two elements of the destination, then two of the source.
template <typename Source>
struct ShuffleSingles {
    static bool run(Cpu& cpu, const Insn& insn) {
        Source operand;
        const void* source = operand.template find<16>(cpu, insn);
        if (!source) return false;
        const auto low = lanes_of<std::uint32_t>(&reg_xmm(cpu, insn)), high = lanes_of<std::uint32_t>(source);
        const std::uint32_t order = insn.immediate;
        set_halves(reg_xmm(cpu, insn), pair(low[order & 3], low[order >> 2 & 3]),
                   pair(high[order >> 4 & 3], high[order >> 6 & 3]));
        return true;
    }
};

template <typename Source>
struct ShuffleDoubles {
    static bool run(Cpu& cpu, const Insn& insn) {
        Source operand;
        const void* source = operand.template find<16>(cpu, insn);
        if (!source) return false;
        const auto low = lanes_of<std::uint64_t>(&reg_xmm(cpu, insn)), high = lanes_of<std::uint64_t>(source);
        set_halves(reg_xmm(cpu, insn), low[insn.immediate & 1], high[insn.immediate >> 1 & 1]);
        return true;
    }
};

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
    writes_reg(sse_row("pshufd", p66, 0x70, 16, sse_forms<ShuffleDoublewords>)),
    with_feature(writes_reg(sse_row("pshufhw", pf3, 0x70, 16, sse_forms<ShuffleWords<1>::From>)),
                 feature::sse2),
    writes_reg(sse_row("pshuflw", pf2, 0x70, 16, sse_forms<ShuffleWords<0>::From>)),
    sse_row("shufps", none, 0xc6, 16, sse_forms<ShuffleSingles>),
    sse_row("shufpd", p66, 0xc6, 16, sse_forms<ShuffleDoubles>),
    with_rm(sse_row<pinsrw>("pinsrw", p66, 0xc4, 2), OperandKind::gpr32),
    writes_reg(with_reg(with_mod(sse_row("pextrw", p66, 0xc5, 0, handlers_any(threaded<pextrw>)), Mod::reg),
                        OperandKind::gpr32)),
};

}  // namespace

std::span<const Row> sse_shuffle_rows() { return rows; }

}  // namespace calque
