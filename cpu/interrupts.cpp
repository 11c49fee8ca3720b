// Delivery of exceptions and interrupts.
#include "cpu/interrupts.hpp"

#include "cpu/stack_frame.hpp"
#include "cpu/task_switch.hpp"

namespace calque {
namespace {

constexpr std::uint32_t general_detect = 1U << 13;  // DR7.GD

void check_ip(Cpu& cpu, const SegmentRegister& cs, std::uint32_t ip, std::uint32_t external) {
    if (ip > cs.limit) cpu.fault(Vector::gp, external);
}

/// What every way of delivery ends with.
void enter_handler(Cpu& cpu, const SegmentRegister& cs, std::uint32_t ip, std::uint32_t cleared_flags) {
    cpu.state.cs() = cs;
    cpu.state.rip = ip;
    cpu.state.other_flags &= ~std::uint64_t{cleared_flags};
    cpu.refresh_mode();
}

/// Pushes FLAGS, CS and IP and goes where a vector of four bytes at `entry` points.
void deliver_through_vector(Cpu& cpu, LinearAddress entry, const Event& event, std::uint32_t pushed_flags,
                            std::uint32_t cleared_flags) {
    const auto pointer = cpu.load_system<std::uint32_t>(entry);
    const auto selector = static_cast<std::uint16_t>(pointer >> 16);
    const SegmentRegister cs = cpu.vm86() ? vm86_segment(selector) : real_segment(cpu.state.cs(), selector);
    StackFrame frame(cpu, current_stack(cpu, event.external), 2);
    frame.push(pushed_flags);
    frame.push(cpu.state.cs().selector);
    frame.push(event.return_ip);
    frame.check_limit();
    check_ip(cpu, cs, pointer & 0xffffU, event.external);
    frame.write();
    cpu.set_stack_pointer(frame.esp(0));
    enter_handler(cpu, cs, pointer & 0xffffU, cleared_flags);
}

/// SDM vol. 3B, "Interrupt and Exception Handling" of real-address mode.
void deliver_real(Cpu& cpu, const Event& event) {
    const std::uint32_t offset = event.vector * 4U;
    if (offset + 3 > cpu.state.idtr.limit)
        cpu.fault(Vector::gp, idt_error_code(event.vector) | event.external);
    deliver_through_vector(cpu, cpu.state.idtr.base + offset, event, cpu.state.eflags(),
                           flag::interrupt | flag::tf | flag::ac | flag::rf);
}

Descriptor gate_of(Cpu& cpu, const Event& event) {
    using namespace system_type;
    const std::uint32_t error_code = idt_error_code(event.vector) | event.external;
    const std::uint32_t offset = event.vector * 8U;
    if (offset + 7 > cpu.state.idtr.limit) cpu.fault(Vector::gp, error_code);
    const auto gate = Descriptor::from(cpu.load_system<std::uint64_t>(cpu.state.idtr.base + offset));
    constexpr unsigned allowed = 1U << task_gate | 1U << interrupt_gate16 | 1U << trap_gate16 |
                                 1U << interrupt_gate32 | 1U << trap_gate32;
    if (!gate.system() || !(allowed >> gate.type() & 1)) cpu.fault(Vector::gp, error_code);
    if (event.software && gate.dpl() < cpu.state.cpl) cpu.fault(Vector::gp, error_code);
    if (!gate.present()) cpu.fault(Vector::np, error_code);
    return gate;
}

/// The handler's code segment, checked.
NamedDescriptor handler_segment(Cpu& cpu, const Descriptor& gate, std::uint32_t external) {
    const Selector selector = gate.target();
    if (selector.null()) cpu.fault(Vector::gp, external);
    NamedDescriptor code = descriptor_of(cpu, selector, Vector::gp, external);
    if (!code.descriptor.code() || code.descriptor.dpl() > cpu.state.cpl)
        cpu.fault(Vector::gp, selector.error_code() | external);
    if (!code.descriptor.present()) cpu.fault(Vector::np, selector.error_code() | external);
    return code;
}

void push_return(Cpu& cpu, StackFrame& frame, const Event& event) {
    frame.push(cpu.state.eflags() | event.resume);
    frame.push(cpu.state.cs().selector);
    frame.push(event.return_ip);
    if (event.has_error_code) frame.push(event.error_code);
}

std::uint32_t flags_cleared_by(const Descriptor& gate) {
    const bool trap = gate.type() & 1U;
    return flag::tf | flag::nt | flag::rf | flag::vm | (trap ? 0 : flag::interrupt);
}

void deliver_same_privilege(Cpu& cpu, const Event& event, const Descriptor& gate, const SegmentRegister& cs) {
    StackFrame frame(cpu, current_stack(cpu, event.external), gate.gate32() ? 4 : 2);
    push_return(cpu, frame, event);
    frame.check_limit();
    check_ip(cpu, cs, gate.target_offset(), event.external);
    frame.write();
    cpu.set_stack_pointer(frame.esp(0));
    enter_handler(cpu, cs, gate.target_offset(), flags_cleared_by(gate));
}

void push_vm86_segments(Cpu& cpu, StackFrame& frame) {
    for (const unsigned name : {seg_gs, seg_fs, seg_ds, seg_es})
        frame.push(cpu.state.segments[name].selector);
}

/// From a less privileged level or virtual-8086 mode: onto the stack that the TSS holds.
void deliver_inner(Cpu& cpu, const Event& event, const Descriptor& gate, const SegmentRegister& cs) {
    const bool from_vm86 = cpu.vm86();
    const unsigned privilege = cs.dpl();
    const StackTarget stack = inner_stack(cpu, privilege, event.external);
    StackFrame frame(cpu, stack, gate.gate32() ? 4 : 2);
    if (from_vm86) push_vm86_segments(cpu, frame);
    frame.push(cpu.state.ss().selector);
    frame.push(cpu.state.reg32(esp));
    push_return(cpu, frame, event);
    frame.check_limit();
    check_ip(cpu, cs, gate.target_offset(), event.external);
    frame.write();
    cpu.state.ss() = stack.ss;
    cpu.state.gpr[esp] = frame.esp(cpu.state.reg32(esp));
    cpu.state.cpl = static_cast<std::uint8_t>(privilege);
    if (from_vm86)
        for (const unsigned name : {seg_es, seg_ds, seg_fs, seg_gs}) cpu.state.segments[name] = {};
    enter_handler(cpu, cs, gate.target_offset(), flags_cleared_by(gate));
}

void deliver_through_gate(Cpu& cpu, const Event& event, const Descriptor& gate) {
    NamedDescriptor code = handler_segment(cpu, gate, event.external);
    const bool inner = !code.descriptor.conforming() && code.descriptor.dpl() < cpu.state.cpl;
    if (cpu.vm86() && (!inner || code.descriptor.dpl() != 0))
        cpu.fault(Vector::gp, code.selector.error_code() | event.external);
    mark_accessed(cpu, code);
    const unsigned privilege = inner ? code.descriptor.dpl() : cpu.state.cpl;
    const SegmentRegister cs = code_segment_from(code, privilege);
    if (inner)
        deliver_inner(cpu, event, gate, cs);
    else
        deliver_same_privilege(cpu, event, gate, cs);
}

void deliver_through_task_gate(Cpu& cpu, const Event& event, const Descriptor& gate) {
    switch_task(cpu, task_of_gate(cpu, gate, event.external),
                {.cause = TaskSwitchCause::interrupt,
                 .next_ip = event.return_ip,
                 .external = event.external,
                 .resume = event.resume,
                 .has_error_code = event.has_error_code,
                 .error_code = event.error_code});
}

// --- Conditions for generating a double fault (SDM vol. 3A, the table of that name)

enum class FaultClass { benign, contributory, page_fault, double_fault };

FaultClass class_of(Vector vector) {
    switch (vector) {
        case Vector::de:
        case Vector::ts:
        case Vector::np:
        case Vector::ss:
        case Vector::gp: return FaultClass::contributory;
        case Vector::pf: return FaultClass::page_fault;
        case Vector::df: return FaultClass::double_fault;
        default: return FaultClass::benign;
    }
}

/// Whether `second`, raised while delivering `first`, makes a double fault of both.
bool doubles(FaultClass first, FaultClass second) {
    if (first == FaultClass::contributory) return second == FaultClass::contributory;
    if (first == FaultClass::page_fault) return second != FaultClass::benign;
    return false;
}

/// What RF becomes in the image that an interrupt or a trap pushes (SDM vol. 3B, "Instruction-Breakpoint
/// Exception Condition").
std::uint32_t resume_flag(const Cpu& cpu) { return cpu.state.repeating ? flag::rf : 0; }

Event event_of(const Cpu& cpu, const Exception& exception) {
    return {.vector = static_cast<std::uint8_t>(exception.vector),
            .external = 1,
            .has_error_code = exception.has_error_code,
            .error_code = exception.error_code,
            .return_ip = static_cast<std::uint32_t>(cpu.state.rip),
            .resume = exception.resumable ? flag::rf : resume_flag(cpu)};
}

/// False: a fault was raised instead and stands in Cpu::exception; maybe the handler's task's, which is the
/// current one then. That task's debug trap belongs to its first instruction.
bool try_deliver(Cpu& cpu, const Event& event) {
    try {
        deliver_event(cpu, event);
        return !cpu.exception_pending || cpu.exception.trap;
    } catch (const GuestFault&) {
        return false;
    }
}

}  // namespace

void deliver_event(Cpu& cpu, const Event& event) {
    if (!cpu.protected_mode() && !cpu.vm86()) return deliver_real(cpu, event);
    const Descriptor gate = gate_of(cpu, event);
    if (gate.type() == system_type::task_gate)
        deliver_through_task_gate(cpu, event, gate);
    else
        deliver_through_gate(cpu, event, gate);
}

void deliver_exception(Cpu& cpu) {
    Exception exception = cpu.exception;
    cpu.state.halted = false;
    for (;;) {
        cpu.exception_pending = false;
        if (cpu.observer())
            cpu.observer()->delivering(cpu, {.vector = static_cast<std::uint8_t>(exception.vector),
                                             .has_error_code = exception.has_error_code,
                                             .error_code = exception.error_code});
        if (try_deliver(cpu, event_of(cpu, exception))) break;
        const FaultClass first = class_of(exception.vector), second = class_of(cpu.exception.vector);
        if (first == FaultClass::double_fault) {
            cpu.exception_pending = false;
            cpu.state.shutdown = true;
            cpu.request_stop();
            return;
        }
        if (doubles(first, second))
            exception = {.vector = Vector::df, .has_error_code = true};
        else
            exception = cpu.exception;
    }
    if (exception.vector == Vector::db) cpu.state.dr[7] &= ~std::uint64_t{general_detect};
}

void deliver_interrupt(Cpu& cpu, std::uint8_t vector) {
    cpu.state.halted = false;
    if (cpu.observer()) cpu.observer()->delivering(cpu, {.vector = vector, .is_interrupt = true});
    try_deliver(cpu, {.vector = vector,
                      .external = 1,
                      .return_ip = static_cast<std::uint32_t>(cpu.state.rip),
                      .resume = resume_flag(cpu)});
}

void deliver_nmi(Cpu& cpu) {
    cpu.state.nmi_blocked = true;
    deliver_interrupt(cpu, static_cast<std::uint8_t>(Vector::nmi));
}

namespace {

/// Bit `vector` of the software interrupt redirection map, the 32 bytes below the I/O permission map.
bool redirected_to_8086_program(Cpu& cpu, std::uint8_t vector) {
    const SegmentRegister& tr = cpu.state.tr;
    if (tr.limit < 0x67) cpu.fault(Vector::gp, 0);
    const std::uint32_t io_map = cpu.load_system<std::uint16_t>(tr.base + 0x66);
    const std::uint32_t offset = io_map - 32 + vector / 8U;
    if (io_map < 32 || offset > tr.limit) cpu.fault(Vector::gp, 0);
    return !(cpu.load_system<std::uint8_t>(tr.base + offset) >> (vector & 7U) & 1);
}

/// SDM vol. 3B, "Class 3 - Software Interrupt Handling in Virtual-8086 Mode", methods 5 and 6.
void deliver_redirected(Cpu& cpu, const Event& event) {
    std::uint32_t flags = cpu.state.eflags(), cleared = flag::tf | flag::interrupt;
    if (cpu.iopl() < 3) {
        flags = (flags & ~flag::interrupt) | flag::iopl | (flags & flag::vif ? flag::interrupt : 0);
        cleared = flag::tf | flag::vif;
    }
    deliver_through_vector(cpu, event.vector * 4U, event, flags, cleared);
}

}  // namespace

void deliver_int_n(Cpu& cpu, std::uint8_t vector, std::uint32_t return_ip) {
    const Event event{.vector = vector, .software = true, .return_ip = return_ip};
    if (!cpu.vm86()) return deliver_event(cpu, event);
    if ((cpu.state.cr4 & cr4::vme) && redirected_to_8086_program(cpu, vector))
        return deliver_redirected(cpu, event);
    if (cpu.iopl() < 3) cpu.fault(Vector::gp, 0);
    deliver_event(cpu, event);
}

}  // namespace calque
