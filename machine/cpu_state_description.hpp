// The description of the processor's state, for saving, loading and hashing.
#pragma once

#include "cpu/cpu.hpp"
#include "cpu/state.hpp"

#include <cstdint>
#include <string_view>

namespace calque {

/// The bounds derived from limit and attributes are left out and worked out again.
template <typename Archive>
void describe(Archive& archive, SegmentRegister& segment) {
    archive("base", segment.base);
    archive("limit", segment.limit);
    archive("attributes", segment.attributes);
    archive("selector", segment.selector);
    segment.refresh();
}

template <typename Archive>
void describe(Archive& archive, TableRegister& table) {
    archive("base", table.base);
    archive("limit", table.limit);
}

template <typename Archive>
void describe(Archive& archive, FpuArea::Register& value) {
    archive("bytes", value.bytes);
}

template <typename Archive>
void describe(Archive& archive, FpuArea& fpu) {
    archive("fcw", fpu.fcw);
    archive("fsw", fpu.fsw);
    archive("ftw", fpu.ftw);
    archive("fop", fpu.fop);
    archive("fip", fpu.fip);
    archive("fdp", fpu.fdp);
    archive("mxcsr", fpu.mxcsr);
    archive("st", fpu.st);
    archive("xmm", fpu.xmm);
}

/// The status flags are kept as facts of which many say the same: what counts are the six bits.
template <typename Archive>
void describe(Archive& archive, StatusFlags& flags) {
    std::uint32_t packed = flags.pack();
    archive("packed", packed);
    flags = StatusFlags::unpack(packed);
}

template <typename Archive>
void describe_system_registers(Archive& archive, CpuState& state) {
    archive("ldtr", state.ldtr);
    archive("tr", state.tr);
    archive("gdtr", state.gdtr);
    archive("idtr", state.idtr);
    archive("cr0", state.cr0);
    archive("cr2", state.cr2);
    archive("cr3", state.cr3);
    archive("cr4", state.cr4);
    archive("xcr0", state.xcr0);
    archive("pdptes", state.pdptes);
    archive("dr", state.dr);
}

template <typename Archive>
void describe_msrs(Archive& archive, CpuState& state) {
    archive("efer", state.efer);
    archive("sysenter_cs", state.sysenter_cs);
    archive("sysenter_esp", state.sysenter_esp);
    archive("sysenter_eip", state.sysenter_eip);
    archive("tsc_offset", state.tsc_offset);
    archive("apic_base", state.apic_base);
    archive("pat", state.pat);
    archive("misc_enable", state.misc_enable);
    archive("bios_signature", state.bios_signature);
    archive("mtrr_default", state.mtrr_default);
    archive("mtrr_variable", state.mtrr_variable);
    archive("mtrr_fixed", state.mtrr_fixed);
}

template <typename Archive>
void describe(Archive& archive, CpuState& state) {
    archive("gpr", state.gpr);
    archive("rip", state.rip);
    archive("status", state.status);
    archive("other_flags", state.other_flags);
    archive("segments", state.segments);
    describe_system_registers(archive, state);
    describe_msrs(archive, state);
    archive("fpu", state.fpu);
    archive("cpl", state.cpl);
    archive("inhibition", state.inhibition);
    archive("halted", state.halted);
    archive("shutdown", state.shutdown);
    archive("nmi_blocked", state.nmi_blocked);
    archive("nmi_pending", state.nmi_pending);
    archive("repeating", state.repeating);
    archive("instructions", state.instructions);
}

/// An exception that awaits delivery.
template <typename Archive>
void describe(Archive& archive, Exception& exception) {
    archive("vector", exception.vector);
    archive("has_error_code", exception.has_error_code);
    archive("error_code", exception.error_code);
    archive("trap", exception.trap);
    archive("resumable", exception.resumable);
}

/// The processor between two instructions: its registers, and what it has yet to do about the last one.
struct ProcessorState {
    CpuState registers;
    bool exception_pending = false;
    Exception exception;
    std::uint32_t breakpoint_hits = 0;  ///< of a MOV SS, reported behind the next instruction
};

/// Only between runs.
inline ProcessorState processor_state(const Cpu& cpu) {
    const bool awaits_next = cpu.state.inhibition == Inhibition::by_mov_ss;
    return {.registers = cpu.state,
            .exception_pending = cpu.exception_pending,
            .exception = cpu.exception_pending ? cpu.exception : Exception{},
            .breakpoint_hits = awaits_next ? cpu.breakpoint_hits : 0};
}

template <typename Archive>
void describe(Archive& archive, ProcessorState& state) {
    archive("registers", state.registers);
    archive("exception_pending", state.exception_pending);
    archive("exception", state.exception);
    archive("breakpoint_hits", state.breakpoint_hits);
}

}  // namespace calque
