// What SSE instructions have in common: operands, reports in MXCSR, rows of the table.
#pragma once

#include "cpu/form.hpp"
#include "cpu/host_sse.hpp"

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

/// destination = op(destination, source) without a report.
template <Mandatory mandatory, std::uint8_t opcode, unsigned size>
bool sse_plain(Cpu& cpu, const Insn& insn) {
    Xmm buffer{};
    const void* source = sse_source<size>(cpu, insn, buffer);
    if (!source) return false;
    host_sse::apply<mandatory, opcode>(reg_xmm(cpu, insn), source);
    return true;
}

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

template <Mandatory mandatory, std::uint8_t opcode, unsigned size, Result result>
bool sse_reporting(Cpu& cpu, const Insn& insn) {
    Xmm buffer{};
    const void* source = sse_source<size>(cpu, insn, buffer);
    if (!source) return false;
    Xmm value = reg_xmm(cpu, insn);
    auto raised = host_sse::apply_reporting<mandatory, opcode>(value, source, sse_control(cpu));
    if constexpr (result != Result::other) {
        if (out_of_range_unmasked(cpu, raised)) [[unlikely]] {
            if (!insn.has_memory()) buffer = rm_xmm(cpu, insn);
            raised = correct_precision(cpu, opcode, result, reg_xmm(cpu, insn), buffer, raised);
        }
    }
    return commit_sse<result>(cpu, reg_xmm(cpu, insn), value, raised);
}

/// The feature that brought a form: SSE had no 66 and F2 forms.
constexpr std::uint32_t sse_feature(Mandatory mandatory) {
    return mandatory == Mandatory::p66 || mandatory == Mandatory::pf2 ? feature::sse2 : feature::sse;
}

/// A row with an XMM destination and an XMM or memory source.
template <auto semantics>
constexpr Row sse_row(const char* name, Mandatory mandatory, std::uint8_t opcode, unsigned size) {
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
        .handlers = handlers_any(threaded_memory<semantics>)};
}
template <Mandatory mandatory, std::uint8_t opcode, unsigned size>
constexpr Row sse_plain_row(const char* name) {
    return sse_row<sse_plain<mandatory, opcode, size>>(name, mandatory, opcode, size);
}
template <Mandatory mandatory, std::uint8_t opcode, unsigned size, Result result>
constexpr Row sse_reporting_row(const char* name) {
    Row row = sse_row<sse_reporting<mandatory, opcode, size, result>>(name, mandatory, opcode, size);
    row.attributes |= attribute::sets_mxcsr;
    return row;
}

// Adjustments of rows.
constexpr Row writes_reg(Row row) {
    row.reg_access = Access::write;
    return row;
}
constexpr Row with_feature(Row row, std::uint32_t features) {
    row.features = features;
    return row;
}
constexpr Row with_mod(Row row, Mod mod) {
    row.mod = mod;
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

}  // namespace calque
