// SSE and SSE2 conversions (SDM vol. 1, "SSE2 Conversion Instructions").
#include "cpu/fpu.hpp"
#include "cpu/instructions/mmx.hpp"
#include "cpu/instructions/sse.hpp"

namespace calque {
namespace {

using enum Mandatory;

/// CVTSI2SS, CVTSI2SD.
template <Mandatory mandatory>
bool from_gpr(Cpu& cpu, const Insn& insn) {
    std::uint32_t source;
    if (!insn.has_memory())
        source = register_at<std::uint32_t>(cpu.state, insn.rm);
    else if (!RmMemory::read(cpu, insn, source))
        return false;
    Xmm value = reg_xmm(cpu, insn);
    const auto raised = host_sse::apply_reporting<mandatory, 0x2a>(value, &source, sse_control(cpu));
    return commit_sse<Result::other>(cpu, reg_xmm(cpu, insn), value, raised);
}

/// CVTSS2SI, CVTTSS2SI, CVTSD2SI, CVTTSD2SI.
template <Mandatory mandatory, std::uint8_t opcode, unsigned size>
bool to_gpr(Cpu& cpu, const Insn& insn) {
    Xmm buffer{};
    const void* source = sse_source<size>(cpu, insn, buffer);
    if (!source) return false;
    std::uint32_t value;
    if (!report_sse(cpu, host_sse::convert<mandatory, opcode>(value, source, sse_control(cpu)))) return false;
    set_register_at(cpu.state, insn.reg, value);
    return true;
}

// Plain forms: a general register as the source of one, as the destination of the other.
struct GprSource {
    template <unsigned size>
    const void* find(Cpu& cpu, const Insn& insn) const {
        return reinterpret_cast<const std::uint8_t*>(cpu.state.gpr.data()) + insn.rm;
    }
};
template <Mandatory mandatory, std::uint8_t opcode>
void convert_to_gpr(Cpu& cpu, const Insn& insn, const void* source) {
    set_register_at(cpu.state, insn.reg, host_sse::convert<mandatory, opcode>(source));
}
template <Mandatory mandatory, std::uint8_t opcode, unsigned size>
using ToGpr = WithSource<convert_to_gpr<mandatory, opcode>, size>;
template <Mandatory mandatory>
using FromGpr = Apply<mandatory, 0x2a, 4>;

/// CVTPI2PS, CVTPI2PD. The host is asked for the form with a source in memory: whether x87 becomes MMX there
/// is then the host's answer too.
template <Mandatory mandatory>
bool from_mm(Cpu& cpu, const Insn& insn) {
    std::uint64_t source;
    if (mandatory == p66 && insn.has_memory())
        cpu.fpu.acquire(cpu.state.fpu);
    else if (!begin_x87(cpu))
        return false;
    if (!insn.has_memory())
        source = host_x87::read_mm(insn.modrm_rm());
    else if (!RmMemory::read(cpu, insn, source))
        return false;
    Xmm value = reg_xmm(cpu, insn);
    const auto raised = host_sse::apply_reporting<mandatory, 0x2a>(value, &source, sse_control(cpu));
    return commit_sse<Result::other>(cpu, reg_xmm(cpu, insn), value, raised);
}

/// CVT(T)PS2PI, CVT(T)PD2PI, by the conversion to packed doublewords in an XMM register.
template <Mandatory twin, std::uint8_t twin_opcode, unsigned size>
bool to_mm(Cpu& cpu, const Insn& insn) {
    if (!begin_x87(cpu)) return false;
    Xmm buffer{};
    const void* source = sse_source<size>(cpu, insn, buffer);
    if (!source) return false;
    host_x87::read_mm(insn.modrm_reg());  // x87 becomes MMX even if an exception follows
    Xmm operand{}, value{};
    std::memcpy(operand.bytes.data(), source, size);
    const auto raised = host_sse::apply_reporting<twin, twin_opcode>(value, &operand, sse_control(cpu));
    if (!report_sse(cpu, raised)) return false;
    std::uint64_t result;
    std::memcpy(&result, value.bytes.data(), sizeof(result));
    host_x87::write_mm(insn.modrm_reg(), result);
    return true;
}

template <Mandatory mandatory, std::uint8_t opcode, unsigned size, Result result = Result::other>
constexpr Row packed(const char* name) {
    return writes_reg(sse_reporting_row<mandatory, opcode, size, result>(name));
}
template <Mandatory mandatory>
constexpr Row from_gpr_row(const char* name) {
    constexpr auto complete = from_gpr<mandatory>;
    Row row = with_rm(sse_row<complete>(name, mandatory, 0x2a, 4), OperandKind::gpr32);
    row.handlers = gathering_handlers<FromGpr<mandatory>::template From, complete>;
    row.handlers.reg.fill(threaded_gathering<FromGpr<mandatory>::template From<GprSource>::run, complete>);
    return with_attribute(row, mandatory == pf3 ? attribute::sets_mxcsr : std::uint16_t{0});
}
template <Mandatory mandatory, std::uint8_t opcode, unsigned size>
constexpr Row to_gpr_row(const char* name) {
    constexpr auto complete = to_gpr<mandatory, opcode, size>;
    const Row row = sse_row(name, mandatory, opcode, size,
                            gathering_handlers<ToGpr<mandatory, opcode, size>::template From, complete>);
    return with_attribute(writes_reg(with_reg(row, OperandKind::gpr32)), attribute::sets_mxcsr);
}
template <Mandatory mandatory>
constexpr Row from_mm_row(const char* name) {
    const Row row = with_rm(sse_row<from_mm<mandatory>>(name, mandatory, 0x2a, 8), OperandKind::mm);
    return with_attribute(row, attribute::mmx | (mandatory == none ? attribute::sets_mxcsr : 0));
}
template <Mandatory mandatory, std::uint8_t opcode, Mandatory twin, std::uint8_t twin_opcode, unsigned size>
constexpr Row to_mm_row(const char* name) {
    const Row row =
        with_reg(sse_row<to_mm<twin, twin_opcode, size>>(name, mandatory, opcode, size), OperandKind::mm);
    return with_attribute(writes_reg(row), attribute::mmx | attribute::sets_mxcsr);
}

constexpr std::array rows{
    packed<none, 0x5a, 8>("cvtps2pd"),
    packed<p66, 0x5a, 16, Result::packed_single>("cvtpd2ps"),
    sse_reporting_row<pf3, 0x5a, 4, Result::other>("cvtss2sd"),
    sse_reporting_row<pf2, 0x5a, 8, Result::scalar_single>("cvtsd2ss"),
    packed<none, 0x5b, 16>("cvtdq2ps"),
    packed<p66, 0x5b, 16>("cvtps2dq"),
    packed<pf3, 0x5b, 16>("cvttps2dq"),
    packed<p66, 0xe6, 16>("cvttpd2dq"),
    writes_reg(sse_plain_row<pf3, 0xe6, 8>("cvtdq2pd")),
    packed<pf2, 0xe6, 16>("cvtpd2dq"),

    from_gpr_row<pf3>("cvtsi2ss"),
    from_gpr_row<pf2>("cvtsi2sd"),
    to_gpr_row<pf3, 0x2c, 4>("cvttss2si"),
    to_gpr_row<pf2, 0x2c, 8>("cvttsd2si"),
    to_gpr_row<pf3, 0x2d, 4>("cvtss2si"),
    to_gpr_row<pf2, 0x2d, 8>("cvtsd2si"),

    from_mm_row<none>("cvtpi2ps"),
    from_mm_row<p66>("cvtpi2pd"),
    to_mm_row<none, 0x2c, pf3, 0x5b, 8>("cvttps2pi"),
    to_mm_row<p66, 0x2c, p66, 0xe6, 16>("cvttpd2pi"),
    to_mm_row<none, 0x2d, p66, 0x5b, 8>("cvtps2pi"),
    to_mm_row<p66, 0x2d, pf2, 0xe6, 16>("cvtpd2pi"),
};

}  // namespace

std::span<const Row> sse_conversion_rows() { return rows; }

}  // namespace calque
