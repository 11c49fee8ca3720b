// SSE3 (SDM vol. 1, "Programming with SSE3"); FISTTP stands with x87, MONITOR and MWAIT with system.
#include "cpu/instructions/sse.hpp"

namespace calque {
namespace {

using enum Mandatory;

bool lddqu(Cpu& cpu, const Insn& insn) { return RmMemory::read(cpu, insn, reg_xmm(cpu, insn)); }

constexpr Row in_sse3(Row row) { return needing(feature::sse3, row); }

template <std::uint8_t opcode>
constexpr Row packed_single(const char* name) {
    return in_sse3(sse_reporting_row<pf2, opcode, 16, Result::packed_single>(name));
}
template <std::uint8_t opcode>
constexpr Row packed_double(const char* name) {
    return in_sse3(sse_reporting_row<p66, opcode, 16, Result::packed_double>(name));
}
template <Mandatory mandatory, std::uint8_t opcode, unsigned size>
constexpr Row duplicate(const char* name) {
    return in_sse3(writes_reg(sse_plain_row<mandatory, opcode, size>(name)));
}

constexpr std::array rows{
    packed_single<0xd0>("addsubps"),
    packed_double<0xd0>("addsubpd"),
    packed_single<0x7c>("haddps"),
    packed_double<0x7c>("haddpd"),
    packed_single<0x7d>("hsubps"),
    packed_double<0x7d>("hsubpd"),
    duplicate<pf3, 0x12, 16>("movsldup"),
    duplicate<pf3, 0x16, 16>("movshdup"),
    duplicate<pf2, 0x12, 8>("movddup"),
    in_sse3(unaligned(only(Mod::memory, writes_reg(sse_row<lddqu>("lddqu", pf2, 0xf0, 16))))),
};

}  // namespace

std::span<const Row> sse3_rows() { return rows; }

}  // namespace calque
