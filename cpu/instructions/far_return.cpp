// RET far and IRET (SDM vol. 2A, "IRET/IRETD"; vol. 2B, "RET").
#include "cpu/instructions/far_transfer.hpp"
#include "cpu/stack_frame.hpp"
#include "cpu/task_switch.hpp"

namespace calque {
namespace {

/// The code segment that a return goes to, checked. Its RPL becomes the CPL.
SegmentRegister return_code(Cpu& cpu, Selector selector) {
    if (selector.null()) cpu.fault(Vector::gp, 0);
    NamedDescriptor code = descriptor_of(cpu, selector);
    const Descriptor& descriptor = code.descriptor;
    const bool privilege_fits =
        descriptor.conforming() ? descriptor.dpl() <= selector.rpl() : descriptor.dpl() == selector.rpl();
    if (!descriptor.code() || selector.rpl() < cpu.state.cpl || !privilege_fits)
        cpu.fault(Vector::gp, selector.error_code());
    if (!descriptor.present()) cpu.fault(Vector::np, selector.error_code());
    mark_accessed(cpu, code);
    return segment_from(code);
}

/// SS:ESP of the less privileged level. A 16-bit stack takes only the lower half.
struct OuterStack {
    SegmentRegister ss;
    std::uint32_t esp = 0;
};

OuterStack pop_outer_stack(Cpu& cpu, StackReader& stack, unsigned privilege) {
    const std::uint32_t pointer = stack.pop();
    return {.ss = prepare_stack_segment(cpu, {stack.pop_selector()}, {.privilege = privilege}),
            .esp = pointer};
}

void set_outer_stack(Cpu& cpu, const OuterStack& outer, std::uint32_t released) {
    cpu.state.ss() = outer.ss;
    const std::uint32_t mask = cpu.stack_mask();
    cpu.state.gpr[esp] = (cpu.state.reg32(esp) & ~mask) | ((outer.esp + released) & mask);
}

void return_far_protected(Cpu& cpu, unsigned width, std::uint32_t released) {
    StackReader stack(cpu, width);
    const std::uint32_t ip = stack.pop();
    const Selector selector{stack.pop_selector()};
    const SegmentRegister cs = return_code(cpu, selector);
    const unsigned privilege = selector.rpl();
    stack.skip(released);
    if (privilege == cpu.state.cpl) {
        check_target(cpu, cs, ip);
        cpu.state.gpr[esp] = stack.result();
        return set_code(cpu, cs, ip, privilege);
    }
    const OuterStack outer = pop_outer_stack(cpu, stack, privilege);
    check_target(cpu, cs, ip);
    set_outer_stack(cpu, outer, released);
    set_code(cpu, cs, ip, privilege);
    drop_privileged_segments(cpu);
    cpu.refresh_mode();
}

// --- IRET

constexpr std::uint32_t flags_any = flag::status | flag::tf | flag::df | flag::nt;
constexpr std::uint32_t flags_32 = flag::rf | flag::ac | flag::id;
constexpr std::uint32_t flags_word = 0xffff;
constexpr std::uint32_t breakpoints_enabled = 0xff;  // DR7

struct InterruptFrame {
    std::uint32_t ip = 0;
    Selector cs;
    std::uint32_t flags = 0;
};

InterruptFrame pop_frame(StackReader& stack) {
    InterruptFrame frame;
    frame.ip = stack.pop();
    frame.cs.value = stack.pop_selector();
    frame.flags = stack.pop();
    return frame;
}

/// RF only matters to instruction breakpoints; without any, it is as good as gone after the next instruction.
void load_flags(Cpu& cpu, std::uint32_t value, std::uint32_t mask, unsigned width) {
    if (!(cpu.state.dr[7] & breakpoints_enabled)) value &= ~flag::rf;
    cpu.set_eflags(value, width == 4 ? mask : mask & flags_word);
}

/// Which flags a return in protected mode may change, by the privilege that it starts from.
std::uint32_t flags_loaded(const Cpu& cpu) {
    std::uint32_t mask = flags_any | flags_32;
    if (cpu.state.cpl <= cpu.iopl()) mask |= flag::interrupt;
    if (cpu.state.cpl == 0) mask |= flag::iopl | flag::vif | flag::vip;
    return mask;
}

/// CS:EIP and CPL; load_flags() refreshes the mode.
void set_code_before_flags(Cpu& cpu, const SegmentRegister& cs, std::uint32_t ip, unsigned privilege) {
    cpu.state.cs() = cs;
    cpu.state.rip = ip;
    cpu.state.cpl = static_cast<std::uint8_t>(privilege);
}

void iret_real(Cpu& cpu, unsigned width) {
    StackReader stack(cpu, width);
    const InterruptFrame frame = pop_frame(stack);
    const SegmentRegister cs = unprotected_code(cpu, frame.cs.value);
    check_target(cpu, cs, frame.ip);
    cpu.state.gpr[esp] = stack.result();
    set_code_before_flags(cpu, cs, frame.ip, cpu.state.cpl);
    load_flags(cpu, frame.flags, flags_any | flags_32 | flag::interrupt | flag::iopl, width);
}

/// With IOPL 3 as in real mode; otherwise VME lets the 16-bit form change VIF in IF's place.
void iret_vm86(Cpu& cpu, unsigned width) {
    const bool virtualized = cpu.iopl() < 3;
    if (virtualized && (width == 4 || !(cpu.state.cr4 & cr4::vme))) cpu.fault(Vector::gp, 0);
    StackReader stack(cpu, width);
    InterruptFrame frame = pop_frame(stack);
    const SegmentRegister cs = unprotected_code(cpu, frame.cs.value);
    check_target(cpu, cs, frame.ip);
    const bool enables = frame.flags & flag::interrupt;
    if (virtualized && ((frame.flags & flag::tf) || (enables && cpu.flag_set(flag::vip))))
        cpu.fault(Vector::gp, 0);
    cpu.state.gpr[esp] = stack.result();
    set_code_before_flags(cpu, cs, frame.ip, 3);
    if (!virtualized) return load_flags(cpu, frame.flags, flags_any | flags_32 | flag::interrupt, width);
    load_flags(cpu, frame.flags, flags_any, width);
    cpu.set_eflags(enables ? flag::vif : 0, flag::vif);
}

/// IRETD at CPL 0 with VM set in the popped flags.
void iret_to_vm86(Cpu& cpu, StackReader& stack, const InterruptFrame& frame) {
    const std::uint32_t new_esp = stack.pop();
    std::array<std::uint16_t, segment_count> selectors{};
    for (const unsigned name : {seg_ss, seg_es, seg_ds, seg_fs, seg_gs})
        selectors[name] = stack.pop_selector();
    selectors[seg_cs] = frame.cs.value;
    const SegmentRegister cs = vm86_segment(frame.cs.value);
    check_target(cpu, cs, frame.ip);
    for (unsigned i = 0; i < segment_count; ++i) cpu.state.segments[i] = vm86_segment(selectors[i]);
    cpu.state.gpr[esp] = new_esp;
    set_code_before_flags(cpu, cs, frame.ip, 3);
    load_flags(cpu, frame.flags,
               flags_any | flags_32 | flag::interrupt | flag::iopl | flag::vm | flag::vif | flag::vip, 4);
}

void iret_protected(Cpu& cpu, unsigned width) {
    StackReader stack(cpu, width);
    const InterruptFrame frame = pop_frame(stack);
    if (width == 4 && (frame.flags & flag::vm) && cpu.state.cpl == 0) return iret_to_vm86(cpu, stack, frame);
    const SegmentRegister cs = return_code(cpu, frame.cs);
    const unsigned privilege = frame.cs.rpl();
    const bool outward = privilege != cpu.state.cpl;
    const OuterStack outer = outward ? pop_outer_stack(cpu, stack, privilege) : OuterStack{};
    check_target(cpu, cs, frame.ip);
    const std::uint32_t mask = flags_loaded(cpu);
    if (outward)
        set_outer_stack(cpu, outer, 0);
    else
        cpu.state.gpr[esp] = stack.result();
    set_code_before_flags(cpu, cs, frame.ip, privilege);
    if (outward) drop_privileged_segments(cpu);
    load_flags(cpu, frame.flags, mask, width);
}

}  // namespace

void return_far(Cpu& cpu, unsigned width, std::uint32_t released) {
    if (cpu.protected_mode()) return return_far_protected(cpu, width, released);
    StackReader stack(cpu, width);
    const std::uint32_t ip = stack.pop();
    const SegmentRegister cs = unprotected_code(cpu, stack.pop_selector());
    check_target(cpu, cs, ip);
    stack.skip(released);
    cpu.state.gpr[esp] = stack.result();
    set_code(cpu, cs, ip, cpu.state.cpl);
}

/// NMIs are unblocked even if the return faults (SDM vol. 3A, "Handling Multiple NMIs").
void return_from_interrupt(Cpu& cpu, unsigned width, std::uint32_t next_ip) {
    cpu.state.nmi_blocked = false;
    if (cpu.state.nmi_pending) cpu.stop_requested = true;
    if (cpu.vm86())
        iret_vm86(cpu, width);
    else if (!cpu.protected_mode())
        iret_real(cpu, width);
    else if (cpu.flag_set(flag::nt))
        return_to_linked_task(cpu, next_ip);
    else
        iret_protected(cpu, width);
}

}  // namespace calque
