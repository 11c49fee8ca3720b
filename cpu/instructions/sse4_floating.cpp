// SSE4.1 floating point: rounding and dot products (SDM vol. 1, "Floating-Point Round Instructions with
// Selectable Rounding Mode", "Floating-Point Dot Product Instructions").
#include "cpu/host_sse4.hpp"
#include "cpu/instructions/sse.hpp"

namespace calque {
namespace {

using enum Mandatory;

template <std::uint8_t opcode, unsigned size>
bool round(Cpu& cpu, const Insn& insn) {
    Xmm buffer{};
    const void* source = sse_source<size>(cpu, insn, buffer);
    if (!source) return false;
    Xmm value = reg_xmm(cpu, insn);
    const auto raised = host_sse::round<opcode>(insn.immediate & 15, value, source, sse_control(cpu));
    return commit_sse<Result::other>(cpu, reg_xmm(cpu, insn), value, raised);
}

/// The elements whose bits of `chosen` are set; the others are zero.
template <typename Bits>
Xmm masked(const void* value, unsigned chosen) {
    Xmm result{};
    for (unsigned i = 0; i < 16 / sizeof(Bits); ++i)
        if (chosen >> i & 1)
            std::memcpy(result.bytes.data() + i * sizeof(Bits),
                        static_cast<const std::uint8_t*>(value) + i * sizeof(Bits), sizeof(Bits));
    return result;
}

/// The lowest element everywhere.
template <typename Bits>
Xmm spread(const Xmm& scalar) {
    Xmm result;
    for (unsigned i = 0; i < 16 / sizeof(Bits); ++i)
        std::memcpy(result.bytes.data() + i * sizeof(Bits), scalar.bytes.data(), sizeof(Bits));
    return result;
}

/// value = HADDPS (or HADDPD) of `value` with itself.
template <typename Bits>
bool add_neighbours(Cpu& cpu, Xmm& value) {
    constexpr bool single = sizeof(Bits) == 4;
    constexpr Mandatory mandatory = single ? pf2 : p66;
    constexpr Result result = single ? Result::packed_single : Result::packed_double;
    const Xmm both = value;
    return compute_sse<mandatory, 0x7c, 16, result>(cpu, value, &both);
}

/// DPPS, DPPD: each step reports as an instruction of its own, and the first that may not go on ends it.
template <typename Bits>
bool dot_product(Cpu& cpu, const Insn& insn) {
    constexpr bool single = sizeof(Bits) == 4;
    constexpr Mandatory mandatory = single ? none : p66;
    constexpr Result result = single ? Result::packed_single : Result::packed_double;
    Xmm buffer;
    const void* source = sse_source<16>(cpu, insn, buffer);
    if (!source) return false;
    const unsigned factors = insn.immediate >> 4;
    const Xmm left = masked<Bits>(&reg_xmm(cpu, insn), factors), right = masked<Bits>(source, factors);
    Xmm sum = left;
    if (!compute_sse<mandatory, 0x59, 16, result>(cpu, sum, &right)) return false;
    if (!add_neighbours<Bits>(cpu, sum)) return false;
    if (single && !add_neighbours<Bits>(cpu, sum)) return false;
    Xmm sums = spread<Bits>(sum);
    host_sse::choose_nans_like_host<single ? 0x40 : 0x41>(sums, left, &right, sse_control(cpu));
    reg_xmm(cpu, insn) = masked<Bits>(&sums, insn.immediate);
    return true;
}

template <auto semantics>
constexpr Row floating_row(const char* name, std::uint8_t opcode, unsigned size) {
    const Row row = in_map(OpcodeMap::map_0f3a, sse_row<semantics>(name, p66, opcode, size));
    return with_attribute(needing(feature::sse41, row), attribute::sets_mxcsr);
}

constexpr std::array rows{
    writes_reg(floating_row<round<0x08, 16>>("roundps", 0x08, 16)),
    writes_reg(floating_row<round<0x09, 16>>("roundpd", 0x09, 16)),
    floating_row<round<0x0a, 4>>("roundss", 0x0a, 4),
    floating_row<round<0x0b, 8>>("roundsd", 0x0b, 8),
    floating_row<dot_product<std::uint32_t>>("dpps", 0x40, 16),
    floating_row<dot_product<std::uint64_t>>("dppd", 0x41, 16),
};

}  // namespace

std::span<const Row> sse4_floating_rows() { return rows; }

}  // namespace calque
