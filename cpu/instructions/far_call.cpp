// JMP and CALL far (SDM vol. 2A, "CALL" and "JMP").
#include "cpu/instructions/far_transfer.hpp"
#include "cpu/stack_frame.hpp"
#include "cpu/task_switch.hpp"

#include <algorithm>

namespace calque {

void set_code(Cpu& cpu, const SegmentRegister& cs, std::uint32_t ip, unsigned privilege) {
    cpu.state.cs() = cs;
    cpu.state.rip = ip;
    cpu.state.cpl = static_cast<std::uint8_t>(privilege);
    cpu.refresh_mode();
}

void check_target(Cpu& cpu, const SegmentRegister& cs, std::uint32_t ip) {
    if (ip > cs.limit) cpu.fault(Vector::gp, 0);
}

SegmentRegister unprotected_code(const Cpu& cpu, std::uint16_t selector) {
    return cpu.vm86() ? vm86_segment(selector) : real_segment(cpu.state.cs(), selector);
}

namespace {

/// What a transfer to a code segment of the same privilege ends with: the return address, if it is a call,
/// and CS:EIP.
void enter_same_privilege(Cpu& cpu, FarTransfer kind, const SegmentRegister& cs, std::uint32_t ip,
                          unsigned width, std::uint32_t next_ip) {
    StackFrame frame(cpu, current_stack(cpu), width);
    if (kind == FarTransfer::call) {
        frame.push(cpu.state.cs().selector);
        frame.push(next_ip);
        frame.check_limit();
    }
    check_target(cpu, cs, ip);
    if (kind == FarTransfer::call) {
        frame.write();
        cpu.set_stack_pointer(frame.esp(0));
    }
    set_code(cpu, cs, ip, cpu.state.cpl);
}

void transfer_to_code(Cpu& cpu, FarTransfer kind, NamedDescriptor code, std::uint32_t ip, unsigned width,
                      std::uint32_t next_ip) {
    const Descriptor& descriptor = code.descriptor;
    const unsigned cpl = cpu.state.cpl;
    const bool allowed = descriptor.conforming() ? descriptor.dpl() <= cpl
                                                 : code.selector.rpl() <= cpl && descriptor.dpl() == cpl;
    if (!descriptor.code() || !allowed) cpu.fault(Vector::gp, code.selector.error_code());
    if (!descriptor.present()) cpu.fault(Vector::np, code.selector.error_code());
    mark_accessed(cpu, code);
    enter_same_privilege(cpu, kind, code_segment_from(code, cpl), ip, width, next_ip);
}

/// Gates and TSSs may be used by whoever they are open to.
void check_gate_privilege(Cpu& cpu, const NamedDescriptor& gate) {
    if (gate.descriptor.dpl() < std::max<unsigned>(cpu.state.cpl, gate.selector.rpl()))
        cpu.fault(Vector::gp, gate.selector.error_code());
}
void check_present(Cpu& cpu, const NamedDescriptor& named) {
    if (!named.descriptor.present()) cpu.fault(Vector::np, named.selector.error_code());
}

/// The parameters on the caller's stack, the one pushed first in front.
void push_parameters(Cpu& cpu, StackFrame& frame, unsigned count, unsigned width) {
    StackReader reader(cpu, width);
    std::array<std::uint32_t, 31> parameters{};
    for (unsigned i = 0; i < count; ++i) parameters[i] = reader.pop();
    for (unsigned i = count; i > 0; --i) frame.push(parameters[i - 1]);
}

void call_more_privilege(Cpu& cpu, const Descriptor& gate, const NamedDescriptor& code,
                         std::uint32_t next_ip) {
    const unsigned privilege = code.descriptor.dpl(), width = gate.gate32() ? 4 : 2;
    const StackTarget stack = inner_stack(cpu, privilege);
    const SegmentRegister cs = code_segment_from(code, privilege);
    StackFrame frame(cpu, stack, width);
    frame.push(cpu.state.ss().selector);
    frame.push(cpu.state.reg32(esp));
    push_parameters(cpu, frame, gate.parameters(), width);
    frame.push(cpu.state.cs().selector);
    frame.push(next_ip);
    frame.check_limit();
    check_target(cpu, cs, gate.target_offset());
    frame.write();
    cpu.state.ss() = stack.ss;
    cpu.state.gpr[esp] = frame.esp(cpu.state.reg32(esp));
    set_code(cpu, cs, gate.target_offset(), privilege);
}

void transfer_through_call_gate(Cpu& cpu, FarTransfer kind, const NamedDescriptor& gate,
                                std::uint32_t next_ip) {
    check_gate_privilege(cpu, gate);
    check_present(cpu, gate);
    const Selector selector = gate.descriptor.target();
    if (selector.null()) cpu.fault(Vector::gp, 0);
    NamedDescriptor code = descriptor_of(cpu, selector);
    const unsigned cpl = cpu.state.cpl, dpl = code.descriptor.dpl();
    const bool more_privilege = !code.descriptor.conforming() && dpl < cpl;
    const bool allowed = dpl <= cpl && !(kind == FarTransfer::jump && more_privilege);
    if (!code.descriptor.code() || !allowed) cpu.fault(Vector::gp, selector.error_code());
    check_present(cpu, code);
    mark_accessed(cpu, code);
    if (more_privilege) return call_more_privilege(cpu, gate.descriptor, code, next_ip);
    enter_same_privilege(cpu, kind, code_segment_from(code, cpl), gate.descriptor.target_offset(),
                         gate.descriptor.gate32() ? 4 : 2, next_ip);
}

void transfer_to_task(Cpu& cpu, FarTransfer kind, const NamedDescriptor& task, std::uint32_t next_ip) {
    const auto cause = kind == FarTransfer::call ? TaskSwitchCause::call : TaskSwitchCause::jump;
    switch_task(cpu, task, {.cause = cause, .next_ip = next_ip});
}

void transfer_through_task_gate(Cpu& cpu, FarTransfer kind, const NamedDescriptor& gate,
                                std::uint32_t next_ip) {
    check_gate_privilege(cpu, gate);
    check_present(cpu, gate);
    transfer_to_task(cpu, kind, task_of_gate(cpu, gate.descriptor, 0), next_ip);
}

void transfer_to_tss(Cpu& cpu, FarTransfer kind, const NamedDescriptor& task, std::uint32_t next_ip) {
    check_gate_privilege(cpu, task);
    if (task.selector.local()) cpu.fault(Vector::gp, task.selector.error_code());
    check_present(cpu, task);
    transfer_to_task(cpu, kind, task, next_ip);
}

void transfer_protected(Cpu& cpu, FarTransfer kind, const FarPointer& target, unsigned width,
                        std::uint32_t next_ip) {
    if (target.selector.null()) cpu.fault(Vector::gp, 0);
    const NamedDescriptor named = descriptor_of(cpu, target.selector);
    if (!named.descriptor.system()) return transfer_to_code(cpu, kind, named, target.offset, width, next_ip);
    switch (named.descriptor.type()) {
        case system_type::call_gate16:
        case system_type::call_gate32: return transfer_through_call_gate(cpu, kind, named, next_ip);
        case system_type::task_gate: return transfer_through_task_gate(cpu, kind, named, next_ip);
        case system_type::tss16:
        case system_type::tss32: return transfer_to_tss(cpu, kind, named, next_ip);
        default: cpu.fault(Vector::gp, target.selector.error_code());
    }
}

}  // namespace

void transfer_far(Cpu& cpu, FarTransfer kind, const FarPointer& target, unsigned width,
                  std::uint32_t next_ip) {
    if (cpu.protected_mode()) return transfer_protected(cpu, kind, target, width, next_ip);
    enter_same_privilege(cpu, kind, unprotected_code(cpu, target.selector.value), target.offset, width,
                         next_ip);
}

}  // namespace calque
