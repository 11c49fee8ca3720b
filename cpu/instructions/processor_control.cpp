// HLT, caches and their hints, fences, CPUID, MSRs and counters.
#include "cpu/instructions/rows.hpp"
#include "cpu/instructions/system.hpp"
#include "cpu/msr.hpp"

namespace calque {
namespace {

void hlt(Cpu& cpu, const Insn&) {
    require_privilege(cpu);
    cpu.state.halted = true;
}

/// INVD and WBINVD: there are no caches to write back.
void cache_control(Cpu& cpu, const Insn&) { require_privilege(cpu); }

void invlpg(Cpu& cpu, const Insn& insn) {
    require_privilege(cpu);
    cpu.mmu.invalidate(
        static_cast<std::uint32_t>(cpu.state.segments[insn.segment].base + cpu.effective_address(insn)));
}

void set_pair(Cpu& cpu, std::uint64_t value) {
    cpu.set_reg(eax, static_cast<std::uint32_t>(value));
    cpu.set_reg(edx, static_cast<std::uint32_t>(value >> 32));
}

/// Leaf 1 also reports the microcode revision, through its MSR (SDM vol. 3A, "Microcode Update Signature").
/// It does not promise a local APIC that is disabled in IA32_APIC_BASE ("Enabling or Disabling the Local
/// APIC").
void cpuid(Cpu& cpu, const Insn&) {
    constexpr std::uint64_t revision = 1;
    const std::uint32_t leaf = cpu.state.reg32(eax);
    CpuidResult result = cpu.model.cpuid(leaf, cpu.state.reg32(ecx));
    if (leaf == 1) {
        cpu.state.bios_signature = revision << 32;
        if (!(cpu.state.apic_base & apic_base::enabled)) result.edx &= ~cpuid_edx::apic;
    }
    cpu.set_reg(eax, result.eax);
    cpu.set_reg(ebx, result.ebx);
    cpu.set_reg(ecx, result.ecx);
    cpu.set_reg(edx, result.edx);
}

void rdmsr(Cpu& cpu, const Insn&) {
    require_privilege(cpu);
    set_pair(cpu, read_msr(cpu, cpu.state.reg32(ecx)));
}

void wrmsr(Cpu& cpu, const Insn&) {
    require_privilege(cpu);
    write_msr(cpu, cpu.state.reg32(ecx), std::uint64_t{cpu.state.reg32(edx)} << 32 | cpu.state.reg32(eax));
}

void rdtsc(Cpu& cpu, const Insn&) {
    if ((cpu.state.cr4 & cr4::tsd) && cpu.state.cpl != 0) cpu.fault(Vector::gp, 0);
    set_pair(cpu, cpu.outside.time_stamp() + cpu.state.tsc_offset);
}

/// No performance counter is implemented: every index is out of range.
void rdpmc(Cpu& cpu, const Insn&) { cpu.fault(Vector::gp, 0); }

/// Checked like the load of a byte.
void clflush(Cpu& cpu, const Insn& insn) {
    if (!cpu.probe(insn.segment, cpu.effective_address(insn), 1, AccessKind::read)) throw GuestFault{};
}

bool no_operation(Cpu&, const Insn&) { return true; }

using enum InstructionClass;
constexpr std::uint16_t ends = attribute::ends_block;

constexpr Row privileged(const char* name, std::uint8_t opcode, std::uint32_t features, Handler handler,
                         std::uint16_t attributes = 0) {
    return needing(features,
                   in_map_0f(plain_row(name, opcode, emulated, {}, handlers_any(handler), attributes)));
}
/// A form with ModRM that does nothing and never touches its operand.
constexpr Row hint(const char* name, std::uint8_t opcode) {
    return needing(
        feature::nop_0f1f,
        in_map_0f(as_class(
            emulated, modrm_row(name, opcode, OperandKind::gpr, Access::none, OperandKind::none, Access::none,
                                {}, handlers_any(threaded<no_operation>), attribute::no_effect))));
}
constexpr Row fence(const char* name, int digit, std::uint32_t features) {
    return needing(
        features,
        with_mandatory(
            Mandatory::none,
            only(Mod::reg,
                 in_map_0f(as_class(
                     emulated, digit_row(name, 0xae, digit, OperandKind::none, Access::none, {},
                                         handlers_any(threaded<no_operation>), attribute::no_effect))))));
}

constexpr std::array rows{
    plain_row("hlt", 0xf4, emulated, {}, handlers_any(guarded<hlt>), ends),
    privileged("invd", 0x08, feature::i486, guarded<cache_control>),
    privileged("wbinvd", 0x09, feature::i486, guarded<cache_control>),
    needing(feature::i486,
            only(Mod::memory,
                 in_map_0f(as_class(emulated, digit_row("invlpg", 0x01, 7, OperandKind::memory, Access::none,
                                                        {}, handlers_any(guarded<invlpg>), ends))))),
    privileged("cpuid", 0xa2, feature::i486, guarded<cpuid>),
    privileged("wrmsr", 0x30, feature::msr, guarded<wrmsr>, ends),
    privileged("rdtsc", 0x31, feature::tsc, guarded<rdtsc>),
    privileged("rdmsr", 0x32, feature::msr, guarded<rdmsr>),
    privileged("rdpmc", 0x33, feature::mmx, guarded<rdpmc>),
    hint("prefetchw", 0x0d),
    hint("prefetch", 0x18),
    hint("nop", 0x19),
    hint("nop", 0x1a),
    hint("nop", 0x1b),
    hint("nop", 0x1c),
    hint("nop", 0x1d),
    hint("nop", 0x1e),
    hint("nop", 0x1f),
    fence("lfence", 5, feature::sse2),
    fence("mfence", 6, feature::sse2),
    fence("sfence", 7, feature::sse),
    needing(feature::clflush,
            with_mandatory(Mandatory::none,
                           only(Mod::memory,
                                in_map_0f(as_class(
                                    emulated, digit_row("clflush", 0xae, 7, OperandKind::memory, Access::read,
                                                        {}, handlers_any(guarded<clflush>))))))),
};

}  // namespace

std::span<const Row> processor_rows() { return rows; }

}  // namespace calque
