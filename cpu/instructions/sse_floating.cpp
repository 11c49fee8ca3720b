// SSE and SSE2 floating-point arithmetic, comparison and logic (SDM vol. 1, "SSE ... Arithmetic
// Instructions").
#include "cpu/instructions/sse.hpp"

#include <utility>

namespace calque {
namespace {

using enum Mandatory;

using PlainCompareFunction = void (*)(Xmm&, const void*);
using CompareFunction = std::uint32_t (*)(Xmm&, const void*, std::uint32_t);

template <Mandatory mandatory, std::size_t... predicate>
constexpr std::array<CompareFunction, 8> make_compares(std::index_sequence<predicate...>) {
    return {host_sse::compare<mandatory, static_cast<std::uint8_t>(predicate)>...};
}

/// CMPPS, CMPPD, CMPSS, CMPSD: the predicate is an immediate.
template <Mandatory mandatory, unsigned size>
bool compare_to_mask(Cpu& cpu, const Insn& insn) {
    static constexpr auto compares = make_compares<mandatory>(std::make_index_sequence<8>{});
    Xmm buffer{};
    const void* source = sse_source<size>(cpu, insn, buffer);
    if (!source) return false;
    Xmm value = reg_xmm(cpu, insn);
    const auto raised = compares[insn.immediate & 7](value, source, sse_control(cpu));
    return commit_sse<Result::other>(cpu, reg_xmm(cpu, insn), value, raised);
}

/// COMISS, UCOMISS and their kind: OF, SF and AF are cleared.
template <Mandatory mandatory, std::uint8_t opcode, unsigned size>
bool compare_to_flags(Cpu& cpu, const Insn& insn) {
    Xmm buffer{};
    const void* source = sse_source<size>(cpu, insn, buffer);
    if (!source) return false;
    std::uint32_t flags;
    const auto raised =
        host_sse::compare_ordered<mandatory, opcode>(reg_xmm(cpu, insn), source, sse_control(cpu), flags);
    if (raised && !report_sse(cpu, raised)) return false;
    cpu.state.status = StatusFlags::unpack(flags);
    return true;
}

template <Mandatory mandatory, std::size_t... predicate>
constexpr std::array<PlainCompareFunction, 8> make_plain_compares(std::index_sequence<predicate...>) {
    return {host_sse::compare<mandatory, static_cast<std::uint8_t>(predicate)>...};
}
template <Mandatory mandatory>
void plain_compare_to_mask(Cpu& cpu, const Insn& insn, const void* source) {
    static constexpr auto compares = make_plain_compares<mandatory>(std::make_index_sequence<8>{});
    compares[insn.immediate & 7](reg_xmm(cpu, insn), source);
}
template <Mandatory mandatory, std::uint8_t opcode>
void plain_compare_to_flags(Cpu& cpu, const Insn& insn, const void* source) {
    const auto flags = host_sse::compare_ordered<mandatory, opcode>(reg_xmm(cpu, insn), source);
    cpu.state.status = StatusFlags::unpack(flags);
}

template <Mandatory mandatory, unsigned size>
constexpr Row compare_row(const char* name) {
    constexpr auto complete = compare_to_mask<mandatory, size>;
    return with_attribute(
        sse_row(
            name, mandatory, 0xc2, size,
            gathering_handlers<WithSource<plain_compare_to_mask<mandatory>, size>::template From, complete>),
        attribute::sets_mxcsr);
}

template <Mandatory mandatory, std::uint8_t opcode, unsigned size>
constexpr Row flags_row(const char* name) {
    constexpr auto complete = compare_to_flags<mandatory, opcode, size>;
    Row row =
        sse_row(name, mandatory, opcode, size,
                gathering_handlers<WithSource<plain_compare_to_flags<mandatory, opcode>, size>::template From,
                                   complete>);
    row.reg_access = Access::read;
    row.flags.written = flag::status;
    return with_attribute(row, attribute::sets_mxcsr);
}

template <std::uint8_t opcode>
constexpr Row packed_single(const char* name) {
    return sse_reporting_row<none, opcode, 16, Result::packed_single>(name);
}
template <std::uint8_t opcode>
constexpr Row packed_double(const char* name) {
    return sse_reporting_row<p66, opcode, 16, Result::packed_double>(name);
}
template <std::uint8_t opcode>
constexpr Row scalar_single(const char* name) {
    return sse_reporting_row<pf3, opcode, 4, Result::scalar_single>(name);
}
template <std::uint8_t opcode>
constexpr Row scalar_double(const char* name) {
    return sse_reporting_row<pf2, opcode, 8, Result::scalar_double>(name);
}

/// MIN and MAX return an operand: never an underflow.
template <Mandatory mandatory, std::uint8_t opcode, unsigned size>
constexpr Row selection(const char* name) {
    return sse_reporting_row<mandatory, opcode, size, Result::other>(name);
}

constexpr std::array rows{
    writes_reg(packed_single<0x51>("sqrtps")),
    writes_reg(packed_double<0x51>("sqrtpd")),
    scalar_single<0x51>("sqrtss"),
    scalar_double<0x51>("sqrtsd"),
    packed_single<0x58>("addps"),
    packed_double<0x58>("addpd"),
    scalar_single<0x58>("addss"),
    scalar_double<0x58>("addsd"),
    packed_single<0x59>("mulps"),
    packed_double<0x59>("mulpd"),
    scalar_single<0x59>("mulss"),
    scalar_double<0x59>("mulsd"),
    packed_single<0x5c>("subps"),
    packed_double<0x5c>("subpd"),
    scalar_single<0x5c>("subss"),
    scalar_double<0x5c>("subsd"),
    packed_single<0x5e>("divps"),
    packed_double<0x5e>("divpd"),
    scalar_single<0x5e>("divss"),
    scalar_double<0x5e>("divsd"),
    selection<none, 0x5d, 16>("minps"),
    selection<p66, 0x5d, 16>("minpd"),
    selection<pf3, 0x5d, 4>("minss"),
    selection<pf2, 0x5d, 8>("minsd"),
    selection<none, 0x5f, 16>("maxps"),
    selection<p66, 0x5f, 16>("maxpd"),
    selection<pf3, 0x5f, 4>("maxss"),
    selection<pf2, 0x5f, 8>("maxsd"),

    compare_row<none, 16>("cmpps"),
    compare_row<p66, 16>("cmppd"),
    compare_row<pf3, 4>("cmpss"),
    compare_row<pf2, 8>("cmpsd"),
    flags_row<none, 0x2e, 4>("ucomiss"),
    flags_row<p66, 0x2e, 8>("ucomisd"),
    flags_row<none, 0x2f, 4>("comiss"),
    flags_row<p66, 0x2f, 8>("comisd"),

    writes_reg(sse_plain_row<none, 0x52, 16>("rsqrtps")),
    sse_plain_row<pf3, 0x52, 4>("rsqrtss"),
    writes_reg(sse_plain_row<none, 0x53, 16>("rcpps")),
    sse_plain_row<pf3, 0x53, 4>("rcpss"),
    sse_plain_row<none, 0x54, 16>("andps"),
    sse_plain_row<p66, 0x54, 16>("andpd"),
    sse_plain_row<none, 0x55, 16>("andnps"),
    sse_plain_row<p66, 0x55, 16>("andnpd"),
    sse_plain_row<none, 0x56, 16>("orps"),
    sse_plain_row<p66, 0x56, 16>("orpd"),
    sse_plain_row<none, 0x57, 16>("xorps"),
    sse_plain_row<p66, 0x57, 16>("xorpd"),
    sse_plain_row<none, 0x14, 16>("unpcklps"),
    sse_plain_row<p66, 0x14, 16>("unpcklpd"),
    sse_plain_row<none, 0x15, 16>("unpckhps"),
    sse_plain_row<p66, 0x15, 16>("unpckhpd"),
};

}  // namespace

std::span<const Row> sse_floating_rows() { return rows; }

}  // namespace calque
