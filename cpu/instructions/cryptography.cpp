// AES-NI, PCLMULQDQ and the SHA extensions (SDM vol. 1, "AES and PCLMULQDQ", "Intel SHA Extensions").
#include "cpu/host_cryptography.hpp"
#include "cpu/instructions/packed_integer_0f38.hpp"
#include "cpu/instructions/rows.hpp"

#include <utility>

namespace calque {
namespace {

Xmm xmm_at(const void* source) {
    Xmm value;
    std::memcpy(value.bytes.data(), source, sizeof(value.bytes));
    return value;
}

void aeskeygenassist(Cpu& cpu, const Insn& insn, const void* source) {
    reg_xmm(cpu, insn) = host_sse::aeskeygenassist(xmm_at(source), static_cast<std::uint8_t>(insn.immediate));
}
void pclmulqdq(Cpu& cpu, const Insn& insn, const void* source) {
    reg_xmm(cpu, insn) = host_sse::pclmulqdq(reg_xmm(cpu, insn), xmm_at(source), insn.immediate & 0xff);
}

template <auto action>
constexpr Row aligned_row(std::uint32_t needed, const char* name, std::uint8_t opcode) {
    return needing(needed,
                   in_map(OpcodeMap::map_0f3a, sse_row(name, Mandatory::p66, opcode, 16,
                                                       sse_forms<WithSource<action, 16>::template From>)));
}
constexpr std::array aligned_rows{
    writes_reg(aligned_row<aeskeygenassist>(feature::aes, "aeskeygenassist", 0xdf)),
    aligned_row<pclmulqdq>(feature::pclmulqdq, "pclmulqdq", 0x44),
};

template <std::size_t... index>
constexpr auto make_aes_rows(std::index_sequence<index...>) {
    return std::array{packed_0f38_row<packed_integers_aes, index>()...};
}

// SHA: the manual wants aligned operands, but processors (AMD Zen 5) take any.

template <auto action>
bool sha(Cpu& cpu, const Insn& insn) {
    Xmm source;
    if (!read_unaligned16(cpu, insn, source)) return false;
    action(cpu, insn, source);
    return true;
}

template <std::uint8_t opcode>
void packed_sha(Cpu& cpu, const Insn& insn, const Xmm& source) {
    host_sse::packed_0f38<feature::sha, Mandatory::none, opcode>(reg_xmm(cpu, insn), &source);
}
void sha1rnds4(Cpu& cpu, const Insn& insn, const Xmm& source) {
    reg_xmm(cpu, insn) = host_sse::sha1rnds4(reg_xmm(cpu, insn), source, insn.immediate & 3);
}
/// The message's words are in XMM0.
void sha256rnds2(Cpu& cpu, const Insn& insn, const Xmm& source) {
    reg_xmm(cpu, insn) = host_sse::sha256rnds2(reg_xmm(cpu, insn), source, cpu.state.fpu.xmm[0]);
}

template <auto action>
constexpr Row sha_row(OpcodeMap map, const char* name, std::uint8_t opcode) {
    return needing(feature::sha,
                   in_map(map, unaligned(sse_row<sha<action>>(name, Mandatory::none, opcode, 16))));
}
template <std::size_t... index>
constexpr auto make_sha_rows(std::index_sequence<index...>) {
    return std::array{sha_row<packed_sha<packed_integers_sha[index].opcode>>(
        OpcodeMap::map_0f38, packed_integers_sha[index].name, packed_integers_sha[index].opcode)...};
}
constexpr std::array other_sha_rows{
    sha_row<sha1rnds4>(OpcodeMap::map_0f3a, "sha1rnds4", 0xcc),
    sha_row<sha256rnds2>(OpcodeMap::map_0f38, "sha256rnds2", 0xcb),
};

constexpr auto rows =
    join(make_aes_rows(std::make_index_sequence<packed_integers_aes.size()>{}), aligned_rows,
         make_sha_rows(std::make_index_sequence<packed_integers_sha.size()>{}), other_sha_rows);

}  // namespace

std::span<const Row> cryptography_rows() { return rows; }

}  // namespace calque
