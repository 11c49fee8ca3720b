// Control and debug registers, the reset state, and the mode that derives from all of them.
#include "cpu/control_registers.hpp"

#include "cpu/breakpoints.hpp"

#include <utility>

namespace calque {
namespace {

constexpr std::uint32_t cr0_defined = cr0::pe | cr0::mp | cr0::em | cr0::ts | cr0::et | cr0::ne | cr0::wp |
                                      cr0::am | cr0::nw | cr0::cd | cr0::pg;
constexpr std::uint32_t cr0_reset = cr0::cd | cr0::nw | cr0::et;
constexpr std::uint64_t efer_nxe = 1U << 11;

constexpr std::uint32_t dr6_ones = 0xffff'0ff0, dr6_writable = 0xe00f;
constexpr std::uint32_t dr7_ones = 0x400, dr7_writable = 0xffff'23ff;
constexpr std::uint32_t dr6_detected = 1U << 13, dr7_general_detect = 1U << 13, dr7_enables = 0xff;

/// The bits of CR4 that the model's features bring along.
std::uint32_t cr4_defined(const CpuModel& model) {
    static constexpr std::pair<std::uint32_t, std::uint32_t> pairs[] = {
        {cpuid_edx::vme, cr4::vme | cr4::pvi},
        {cpuid_edx::tsc, cr4::tsd},
        {cpuid_edx::de, cr4::de},
        {cpuid_edx::pse, cr4::pse},
        {cpuid_edx::pae, cr4::pae},
        {cpuid_edx::mce, cr4::mce},
        {cpuid_edx::pge, cr4::pge},
        {cpuid_edx::mmx, cr4::pce},
        {cpuid_edx::fxsr, cr4::osfxsr},
        {cpuid_edx::sse, cr4::osxmmexcpt},
    };
    const std::uint32_t features = model.leaf1_edx();
    std::uint32_t defined = 0;
    for (const auto& [feature, bits] : pairs)
        if (features & feature) defined |= bits;
    return defined;
}

bool pae_paging(std::uint64_t cr0_value, std::uint64_t cr4_value) {
    return (cr0_value & cr0::pg) && (cr4_value & cr4::pae);
}

/// Changes CR0 and CR4 together with the PDPTE registers that the change may load.
void change_paging(Cpu& cpu, std::uint32_t new_cr0, std::uint32_t new_cr4, std::uint32_t loading_bits) {
    auto pdptes = cpu.state.pdptes;
    if (pae_paging(new_cr0, new_cr4) && loading_bits && !cpu.mmu.load_pdptes(cpu.state.cr3, pdptes))
        cpu.fault(Vector::gp, 0);
    cpu.state.pdptes = pdptes;
    cpu.state.cr0 = new_cr0;
    cpu.state.cr4 = new_cr4;
    apply_paging(cpu);
    cpu.refresh_mode();
}

bool flat_data(const SegmentRegister& segment) {
    return segment.base == 0 && segment.read_end == 1ULL << 32 && segment.write_end == 1ULL << 32;
}

bool flat_code(const SegmentRegister& segment) { return segment.base == 0 && segment.limit == 0xffff'ffffU; }

std::uint32_t segment_mode(const CpuState& state) {
    std::uint32_t bits = 0;
    if (state.cs().big()) bits |= mode::code32;
    if (state.ss().big()) bits |= mode::stack32;
    if (flat_code(state.cs())) bits |= mode::flat_cs;
    if (flat_data(state.ss())) bits |= mode::flat_ss;
    if (flat_data(state.segments[seg_ds])) bits |= mode::flat_ds;
    if (flat_data(state.segments[seg_es])) bits |= mode::flat_es;
    return bits;
}

std::uint32_t fpu_mode(const CpuState& state) {
    std::uint32_t bits = 0;
    if (state.cr0 & (cr0::em | cr0::ts)) bits |= mode::no_x87;
    if ((state.cr0 & cr0::mp) && (state.cr0 & cr0::ts)) bits |= mode::wait_traps;
    if ((state.cr0 & cr0::em) || !(state.cr4 & cr4::osfxsr)) bits |= mode::no_sse;
    if (state.cr0 & cr0::ts) bits |= mode::task_switched;
    if (~state.fpu.fcw & 0x3f) bits |= mode::unmasked_x87;
    return bits;
}

std::uint32_t protection_mode(const CpuState& state) {
    std::uint32_t bits = std::uint32_t{state.cpl} << mode::cpl_shift;
    const bool vm = state.other_flags & flag::vm;
    if (state.cr0 & cr0::pe) bits |= vm ? mode::vm86 : mode::protected_mode;
    if (state.cr0 & cr0::pg) bits |= mode::paging;
    if (state.cpl <= (state.other_flags >> 12 & 3)) bits |= mode::iopl_allows;
    if ((state.cr0 & cr0::am) && (state.other_flags & flag::ac) && state.cpl == 3)
        bits |= mode::alignment_check;
    if ((state.other_flags & flag::tf) || (state.dr[7] & dr7_enables)) bits |= mode::stepping;
    return bits;
}

}  // namespace

void Cpu::refresh_mode() {
    mode = segment_mode(state) | fpu_mode(state) | protection_mode(state) | (observer_ ? mode::observed : 0);
    view = state.cpl == 3 ? user_view : supervisor_view;
    const ShadowPageTable& shadow = mmu.shadow(view);
    const std::uint64_t half = mode & mode::checked_access ? ShadowPageTable::pages : 0;
    read_table = shadow.read_table() + half;
    write_table = shadow.write_table() + half;
}

void apply_paging(Cpu& cpu) {
    const CpuState& state = cpu.state;
    cpu.mmu.set_controls({.cr3 = state.cr3,
                          .paging = (state.cr0 & cr0::pg) != 0,
                          .write_protect = (state.cr0 & cr0::wp) != 0,
                          .page_size_extensions = (state.cr4 & cr4::pse) != 0,
                          .page_size_extensions_36 = cpu.model.pse36,
                          .physical_address_extension = (state.cr4 & cr4::pae) != 0,
                          .no_execute = (state.efer & efer_nxe) != 0,
                          .pdptes = state.pdptes});
}

void write_cr0(Cpu& cpu, std::uint32_t value) {
    if ((value & cr0::pg) && !(value & cr0::pe)) cpu.fault(Vector::gp, 0);
    if ((value & cr0::nw) && !(value & cr0::cd)) cpu.fault(Vector::gp, 0);
    const auto old = static_cast<std::uint32_t>(cpu.state.cr0);
    const std::uint32_t next = (value & cr0_defined) | cr0::et;
    change_paging(cpu, next, static_cast<std::uint32_t>(cpu.state.cr4),
                  (old ^ next) & (cr0::pg | cr0::cd | cr0::nw));
}

void write_cr4(Cpu& cpu, std::uint32_t value) {
    if (value & ~cr4_defined(cpu.model)) cpu.fault(Vector::gp, 0);
    const auto old = static_cast<std::uint32_t>(cpu.state.cr4);
    change_paging(cpu, static_cast<std::uint32_t>(cpu.state.cr0), value,
                  (old ^ value) & (cr4::pae | cr4::pse | cr4::pge));
}

bool load_cr3(Cpu& cpu, std::uint32_t value) {
    auto pdptes = cpu.state.pdptes;
    if (pae_paging(cpu.state.cr0, cpu.state.cr4) && !cpu.mmu.load_pdptes(value, pdptes)) return false;
    cpu.state.pdptes = pdptes;
    cpu.state.cr3 = value;
    apply_paging(cpu);
    return true;
}

void write_cr3(Cpu& cpu, std::uint32_t value) {
    if (!load_cr3(cpu, value)) cpu.fault(Vector::gp, 0);
}

namespace {

/// DR4 and DR5 are DR6 and DR7, or nothing (SDM vol. 3B, "Debug Registers DR4 and DR5"); then general detect.
unsigned debug_register(Cpu& cpu, unsigned number) {
    if (number == 4 || number == 5) {
        if (cpu.state.cr4 & cr4::de) cpu.fault(Vector::ud);
        number += 2;
    }
    if (cpu.state.dr[7] & dr7_general_detect) {
        record_debug_conditions(cpu.state, dr6_detected);
        cpu.fault(Vector::db);
    }
    return number;
}

}  // namespace

std::uint32_t read_debug_register(Cpu& cpu, unsigned number) {
    return static_cast<std::uint32_t>(cpu.state.dr[debug_register(cpu, number)]);
}

void write_debug_register(Cpu& cpu, unsigned number, std::uint32_t value) {
    number = debug_register(cpu, number);
    if (number == 6) value = (value & dr6_writable) | dr6_ones;
    if (number == 7) value = (value & dr7_writable) | dr7_ones;
    cpu.state.dr[number] = value;
    cpu.refresh_mode();
}

namespace {

SegmentRegister reset_segment(std::uint16_t selector, std::uint64_t base, std::uint16_t attributes) {
    SegmentRegister segment;
    segment.selector = selector;
    segment.base = base;
    segment.limit = 0xffff;
    segment.attributes = attributes;
    segment.refresh();
    return segment;
}

void reset_fpu(FpuArea& fpu) {
    fpu = {};
    fpu.fcw = 0x40;
    fpu.ftw = 0xff;
}

}  // namespace

void Cpu::resume_at(std::uint64_t count) {
    state.instructions = target = count;
    budget = 0;
    current = nullptr;
}

void Cpu::state_replaced() {
    ++code_generation;
    resume_at(state.instructions);
    apply_paging(*this);
    mmu.forget_all();
    refresh_mode();
}

void Cpu::reset() {
    const std::uint64_t retired_so_far = state.instructions;
    state = {};
    state.instructions = retired_so_far;
    for (SegmentRegister& segment : state.segments) segment = reset_segment(0, 0, 0x93);
    state.cs() = reset_segment(0xf000, 0xffff'0000U, 0x93);
    state.ldtr = reset_segment(0, 0, 0x82);
    state.tr = reset_segment(0, 0, 0x8b);
    state.gdtr.limit = state.idtr.limit = 0xffff;
    state.rip = 0xfff0;
    state.gpr[edx] = model.reset_signature;
    state.cr0 = cr0_reset;
    state.dr[6] = dr6_ones;
    state.dr[7] = dr7_ones;
    state.pat = 0x0007'0406'0007'0406;
    state.misc_enable = 1;  // fast strings
    if (model.apic_version) state.apic_base = apic_base::reset;
    reset_fpu(state.fpu);
    state.fpu.mxcsr_mask = model.mxcsr_mask;
    exception_pending = false;
    apply_paging(*this);
    refresh_mode();
}

}  // namespace calque
