// What SSE instructions have in common: operands, reports in MXCSR, rows of the table.
#pragma once

#include "cpu/form.hpp"
#include "cpu/host_sse.hpp"
#include "cpu/instructions/rows.hpp"

#include <array>
#include <cstdint>
#include <cstring>

namespace calque {

inline Xmm& reg_xmm(Cpu& cpu, const Insn& insn) { return cpu.state.fpu.xmm[insn.modrm_reg()]; }
inline Xmm& rm_xmm(Cpu& cpu, const Insn& insn) { return cpu.state.fpu.xmm[insn.modrm_rm()]; }

/// The rule for 16-byte operands; it comes before any paging. False: #GP(0).
inline bool check_aligned16(Cpu& cpu, const Insn& insn) {
    const std::uint64_t linear = cpu.state.segments[insn.segment].base + cpu.effective_address(insn);
    return !(linear & 15) || cpu.raise(Vector::gp, 0);
}

/// ModRM.rm's operand: the register itself, or `size` bytes of memory in `buffer`. nullptr: an exception is
/// pending.
template <unsigned size>
const void* sse_source(Cpu& cpu, const Insn& insn, Xmm& buffer) {
    if (!insn.has_memory()) return &rm_xmm(cpu, insn);
    if constexpr (size == 16) {
        if (!check_aligned16(cpu, insn)) return nullptr;
    }
    std::array<std::uint8_t, size> bytes;
    if (!RmMemory::read(cpu, insn, bytes)) return nullptr;
    std::memcpy(buffer.bytes.data(), bytes.data(), size);
    return &buffer;
}

/// ModRM.rm's operand of 16 bytes where no alignment is asked for. False: an exception is pending.
inline bool read_unaligned16(Cpu& cpu, const Insn& insn, Xmm& value) {
    if (insn.has_memory()) return RmMemory::read(cpu, insn, value.bytes);
    value = rm_xmm(cpu, insn);
    return true;
}

/// As sse_source() for forms that are written once for each kind of operand: an object of such a class gives
/// one instruction its operand. XmmRegister and DirectXmm are plain: from them nullptr says no more than that
/// AnyXmm has the answer.
struct AnyXmm {
    template <unsigned size>
    const void* find(Cpu& cpu, const Insn& insn) {
        return sse_source<size>(cpu, insn, buffer);
    }
    Xmm buffer{};
};
struct XmmRegister {
    template <unsigned size>
    const void* find(Cpu& cpu, const Insn& insn) const {
        return &rm_xmm(cpu, insn);
    }
};
template <typename Address>
struct DirectXmm {
    template <unsigned size>
    const void* find(const Cpu& cpu, const Insn& insn) const {
        constexpr Alignment alignment = size == 16 ? Alignment::natural : Alignment::any;
        std::uint8_t* host;
        return Address::template readable<size, alignment>(cpu, insn, host) ? host : nullptr;
    }
};

/// A form that reports, when it did all that the manual has for it: from here on flags may gather.
template <auto semantics>
[[gnu::noinline]] const Insn* threaded_reporting(Cpu& cpu, const Insn* insn) {
    cpu.sse_flags.collect(cpu.state.fpu);
    if (!semantics(cpu, *insn)) [[unlikely]]
        return insn;
    if (cpu.stop_requested) [[unlikely]]
        return insn + 1;
    cpu.sse_flags.gather(cpu.state.fpu);
    return insn[1].execute(cpu, insn + 1);
}

/// As threaded_plain(), for forms that report: `plain` is for while flags gather.
template <auto plain, auto complete>
const Insn* threaded_gathering(Cpu& cpu, const Insn* insn) {
    if (!cpu.sse_flags.gathering || !plain(cpu, *insn)) [[unlikely]]
        return threaded_reporting<complete>(cpu, insn);
    return insn[1].execute(cpu, insn + 1);
}

constexpr Handlers sse_handlers(Handler reg, Handler mem, Handler flat, Handler indexed) {
    return {{reg, reg}, {mem, mem}, {flat, flat}, {indexed, indexed}};
}
/// The handlers of a form for each kind of operand.
template <template <typename Source> class Form>
constexpr Handlers sse_forms = sse_handlers(
    threaded<Form<XmmRegister>::run>, threaded_plain<Form<DirectXmm<PlainAddress>>::run, Form<AnyXmm>::run>,
    threaded_plain<Form<DirectXmm<FlatBase>>::run, Form<AnyXmm>::run>,
    threaded_plain<Form<DirectXmm<FlatIndexed>>::run, Form<AnyXmm>::run>);
/// The same for a form that reports: `Plain` for while flags gather.
template <template <typename Source> class Plain, auto complete>
constexpr Handlers gathering_handlers =
    sse_handlers(threaded_gathering<Plain<XmmRegister>::run, complete>,
                 threaded_gathering<Plain<DirectXmm<PlainAddress>>::run, complete>,
                 threaded_gathering<Plain<DirectXmm<FlatBase>>::run, complete>,
                 threaded_gathering<Plain<DirectXmm<FlatIndexed>>::run, complete>);

/// What the host's MXCSR must hold for an instruction of the guest. Flushing to zero is for masked underflow
/// only; flags that are set already stay if none of them can matter to this instruction.
inline std::uint32_t sse_control(const Cpu& cpu) {
    const std::uint32_t guest = cpu.state.fpu.mxcsr;
    if ((guest & mxcsr::masks) == mxcsr::masks) [[likely]]
        return guest & 0xffff;
    const std::uint32_t off = guest & mxcsr::underflow_mask ? 0 : mxcsr::flush_to_zero;
    return (guest & 0xffff & ~mxcsr::exceptions & ~off) | mxcsr::masks;
}
/// Enters exception flags into MXCSR. False: one of them is not masked, and the result must not be used.
bool report_sse(Cpu& cpu, std::uint32_t raised);

/// Which parts of a result can be denormal by underflow.
enum class Result : std::uint8_t { other, scalar_single, packed_single, scalar_double, packed_double };
bool has_denormal(const Xmm& value, Result result);

/// A form that does `action` with its source operand of `size` bytes, for each kind of operand.
template <auto action, unsigned size>
struct WithSource {
    template <typename Source>
    struct From {
        static bool run(Cpu& cpu, const Insn& insn) {
            Source operand;
            const void* source = operand.template find<size>(cpu, insn);
            if (!source) return false;
            action(cpu, insn, source);
            return true;
        }
    };
};

/// destination = op(destination, source) without a report.
template <Mandatory mandatory, std::uint8_t opcode>
void apply(Cpu& cpu, const Insn& insn, const void* source) {
    host_sse::apply<mandatory, opcode>(reg_xmm(cpu, insn), source);
}
template <Mandatory mandatory, std::uint8_t opcode, unsigned size>
using Apply = WithSource<apply<mandatory, opcode>, size>;

/// Ends an instruction that reports: an unmasked underflow also reports exact denormal results.
template <Result result>
bool commit_sse(Cpu& cpu, Xmm& destination, const Xmm& value, std::uint32_t raised) {
    if constexpr (result != Result::other) {
        if (!(cpu.state.fpu.mxcsr & mxcsr::underflow_mask) && has_denormal(value, result))
            raised |= mxcsr::underflow;
    }
    if (raised && !report_sse(cpu, raised)) return false;
    destination = value;
    return true;
}

/// The precision flag of an instruction whose overflow or underflow is not masked; the rest of `raised` as it
/// is.
std::uint32_t correct_precision(Cpu& cpu, std::uint8_t opcode, Result result, const Xmm& left,
                                const Xmm& right, std::uint32_t raised);
inline bool out_of_range_unmasked(const Cpu& cpu, std::uint32_t raised) {
    return raised & ~(cpu.state.fpu.mxcsr >> 7) & (mxcsr::overflow | mxcsr::underflow);
}

/// destination = op(destination, `size` bytes at `source`) with a report.
template <Mandatory mandatory, std::uint8_t opcode, unsigned size, Result result>
bool compute_sse(Cpu& cpu, Xmm& destination, const void* source) {
    Xmm value = destination;
    auto raised = host_sse::apply_reporting<mandatory, opcode>(value, source, sse_control(cpu));
    if constexpr (result != Result::other) {
        if (out_of_range_unmasked(cpu, raised)) [[unlikely]] {
            Xmm right{};
            std::memcpy(right.bytes.data(), source, size);
            raised = correct_precision(cpu, opcode, result, destination, right, raised);
        }
    }
    return commit_sse<result>(cpu, destination, value, raised);
}

template <Mandatory mandatory, std::uint8_t opcode, unsigned size, Result result>
bool sse_reporting(Cpu& cpu, const Insn& insn) {
    Xmm buffer{};
    const void* source = sse_source<size>(cpu, insn, buffer);
    return source && compute_sse<mandatory, opcode, size, result>(cpu, reg_xmm(cpu, insn), source);
}

/// The feature that brought a form: SSE had no 66 and F2 forms.
constexpr std::uint32_t sse_feature(Mandatory mandatory) {
    return mandatory == Mandatory::p66 || mandatory == Mandatory::pf2 ? feature::sse2 : feature::sse;
}

/// A row with an XMM destination and an XMM or memory source.
constexpr Row sse_row(const char* name, Mandatory mandatory, std::uint8_t opcode, unsigned size,
                      const Handlers& handlers) {
    return {
        .name = name,
        .map = OpcodeMap::map_0f,
        .opcode = opcode,
        .mandatory = mandatory,
        .reg = OperandKind::xmm,
        .rm = OperandKind::xmm,
        .rm_access = Access::read,
        .reg_access = Access::read_write,
        .memory_size = static_cast<std::uint8_t>(size),
        .cls = InstructionClass::innocuous,
        .attributes = static_cast<std::uint16_t>(attribute::sse | (size == 16 ? attribute::aligned16 : 0)),
        .features = sse_feature(mandatory),
        .handlers = handlers};
}
/// One that is always complete.
template <auto semantics>
constexpr Row sse_row(const char* name, Mandatory mandatory, std::uint8_t opcode, unsigned size) {
    return sse_row(name, mandatory, opcode, size, handlers_any(threaded_memory<semantics>));
}
template <Mandatory mandatory, std::uint8_t opcode, unsigned size>
constexpr Row sse_plain_row(const char* name) {
    return sse_row(name, mandatory, opcode, size, sse_forms<Apply<mandatory, opcode, size>::template From>);
}
template <Mandatory mandatory, std::uint8_t opcode, unsigned size, Result result>
constexpr Row sse_reporting_row(const char* name) {
    constexpr auto complete = sse_reporting<mandatory, opcode, size, result>;
    Row row = sse_row(name, mandatory, opcode, size,
                      gathering_handlers<Apply<mandatory, opcode, size>::template From, complete>);
    row.attributes |= attribute::sets_mxcsr;
    return row;
}

// Adjustments of rows.
constexpr Row writes_reg(Row row) {
    row.reg_access = Access::write;
    return row;
}
constexpr Row with_reg(Row row, OperandKind kind) {
    row.reg = kind;
    return row;
}
constexpr Row with_rm(Row row, OperandKind kind) {
    row.rm = kind;
    return row;
}
constexpr Row unaligned(Row row) {
    row.attributes = static_cast<std::uint16_t>(row.attributes & ~attribute::aligned16);
    return row;
}
/// ModRM.rm is the destination.
constexpr Row stores(Row row) {
    row.reg_access = Access::read;
    row.rm_access = Access::write;
    return row;
}
constexpr Row with_attribute(Row row, std::uint16_t attributes) {
    row.attributes |= attributes;
    return row;
}

/// The parts of sse_rows().
std::span<const Row> sse_move_rows();
std::span<const Row> sse_floating_rows();
std::span<const Row> sse_conversion_rows();
std::span<const Row> sse_packed_integer_rows();
std::span<const Row> sse_shuffle_rows();
std::span<const Row> sse_control_rows();
std::span<const Row> sse3_rows();
std::span<const Row> ssse3_rows();
std::span<const Row> sse4_packed_integer_rows();
std::span<const Row> sse4_insert_extract_rows();
std::span<const Row> sse4_floating_rows();
std::span<const Row> sse4_string_rows();
std::span<const Row> cryptography_rows();

}  // namespace calque
