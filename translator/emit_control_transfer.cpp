// Near JMP, Jcc, CALL, RET, LOOPcc and JCXZ.
#include "translator/emitters.hpp"
#include "translator/memory_operand.hpp"

namespace calque {
namespace {

namespace x86 = asmjit::x86;

constexpr unsigned condition_equal = 4, condition_not_equal = 5;

std::uint32_t rip_mask(const Emission& e) { return e.insn().operand_size == 2 ? 0xffffU : 0xffff'ffffU; }

std::uint32_t relative_target(const Emission& e) { return (e.next_rip() + e.insn().immediate) & rip_mask(e); }

/// Whether every target that the operand size can express lies within CS's limit.
bool any_target_allowed(const Emission& e) { return rip_mask(e) <= e.translation.cs_limit; }
bool target_allowed(const Emission& e) { return relative_target(e) <= e.translation.cs_limit; }

/// `address` holds EIP.
void emit_probe(Emission& e) { e.a.jump_to(e.settings.runtime.probe); }

/// EIP = the indirect operand, kept in `register_32`.
bool emit_indirect_target(Emission& e, const x86::Gp& register_32) {
    auto& a = e.a;
    const bool word = e.insn().operand_size == 2;
    if (!e.insn().has_memory()) {
        const unsigned reg = e.insn().rm / 8;
        if (word)
            a.movzx(register_32, a.guest16(reg));
        else
            a.mov(register_32, a.guest(reg));
        return true;
    }
    if (!emit_address(e, MemoryReference::of(e.insn()), e.insn().operand_size, AccessKind::read))
        return false;
    if (word)
        a.movzx(register_32, e.operand(2));
    else
        a.mov(register_32, e.operand(4));
    return true;
}

bool emit_jump(Emission& e) {
    if (!target_allowed(e)) return false;
    e.jump(relative_target(e));
    return true;
}

bool emit_jump_if(Emission& e) {
    if (!target_allowed(e)) return false;
    e.jump_if(e.row().opcode & 0xfU, relative_target(e));
    e.jump(e.next_rip());
    return true;
}

bool emit_jump_indirect(Emission& e) {
    if (!any_target_allowed(e) || !emit_indirect_target(e, e.a.address().r32())) return false;
    emit_probe(e);
    return true;
}

/// Makes out where CALL pushes to.
bool emit_return_place(Emission& e) {
    const std::int32_t width = e.insn().operand_size;
    return emit_address(e, stack_reference(e, -width), e.insn().operand_size, AccessKind::write);
}

void emit_store_return(Emission& e, const HostAssembler::Mem& place) {
    const std::int32_t width = e.insn().operand_size;
    e.a.mov(place, width == 4 ? e.next_rip() : e.next_rip() & 0xffff);
    emit_move_stack_pointer(e, -width);
}

/// Where the callee's RET arrives with its EIP in `address`: if that is the call's own return address the
/// target is known, otherwise it is looked for like any other.
void emit_landing(Emission& e) {
    auto& a = e.a;
    const auto same = a.newLabel();
    const std::uint32_t expected = e.next_rip() & rip_mask(e);
    a.lea(a.count().r32(), x86::ptr(a.address(), static_cast<std::int32_t>(0 - expected)));
    a.jump_if_count_zero(same);
    emit_probe(e);
    a.bind(same);
    e.jump_behind_return(expected);
}

bool emit_call(Emission& e) {
    if (!target_allowed(e) || !emit_return_place(e)) return false;
    emit_store_return(e, e.operand(e.insn().operand_size));
    if (!e.settings.options.return_stack) {
        e.jump(relative_target(e));
        return true;
    }
    e.call(relative_target(e));
    emit_landing(e);
    return true;
}

/// The return address is pushed and `address` holds the target.
bool emit_push_and_target(Emission& e) {
    auto& a = e.a;
    const std::int32_t width = e.insn().operand_size;
    if (e.stays_made_out(stack_reference(e, -width), e.insn().operand_size, AccessKind::write)) {
        if (!emit_return_place(e) || !emit_indirect_target(e, a.address().r32())) return false;
        if (!emit_return_place(e)) return false;
        emit_store_return(e, e.operand(e.insn().operand_size));
        return true;
    }
    e.take_spare();
    if (!emit_indirect_target(e, a.spare().r32()) || !emit_return_place(e)) return false;
    emit_store_return(e, e.operand(e.insn().operand_size));
    a.mov(a.address().r32(), a.spare().r32());
    return true;
}

bool emit_call_indirect(Emission& e) {
    auto& a = e.a;
    if (!any_target_allowed(e) || !emit_push_and_target(e)) return false;
    if (!e.settings.options.return_stack) {
        emit_probe(e);
        return true;
    }
    a.call_to(e.settings.runtime.probe);
    emit_landing(e);
    return true;
}

bool emit_return(Emission& e) {
    auto& a = e.a;
    const std::int32_t width = e.insn().operand_size;
    if (!any_target_allowed(e)) return false;
    if (!emit_address(e, stack_reference(e, 0), e.insn().operand_size, AccessKind::read)) return false;
    if (width == 4)
        a.mov(a.address().r32(), e.operand(4));
    else
        a.movzx(a.address().r32(), e.operand(2));
    emit_move_stack_pointer(e, width + static_cast<std::int32_t>(e.insn().immediate & 0xffff));
    if (e.settings.options.return_stack)
        a.ret();
    else
        emit_probe(e);
    return true;
}

/// RCX = the counter at the instruction's address size.
void emit_load_counter(Emission& e) {
    auto& a = e.a;
    if (e.insn().address_mask == 0xffff)
        a.movzx(a.count().r32(), a.guest16(ecx));
    else
        a.mov(a.count().r32(), a.guest(ecx));
}

bool emit_jump_if_counter_zero(Emission& e) {
    auto& a = e.a;
    if (!target_allowed(e)) return false;
    const auto zero = a.newLabel();
    emit_load_counter(e);
    a.jump_if_count_zero(zero);
    e.jump(e.next_rip());
    a.bind(zero);
    e.jump(relative_target(e));
    return true;
}

void emit_decrement_counter(Emission& e) {
    auto& a = e.a;
    a.lea(a.index().r32(), x86::ptr(a.guest(ecx).r64(), -1));
    if (e.insn().address_mask == 0xffff)
        a.mov(a.guest16(ecx), a.index().r16());
    else
        a.mov(a.guest(ecx), a.index().r32());
}

bool emit_loop(Emission& e) {
    auto& a = e.a;
    if (!target_allowed(e)) return false;
    const auto done = a.newLabel();
    emit_decrement_counter(e);
    emit_load_counter(e);
    a.jump_if_count_zero(done);
    switch (e.row().opcode) {
        case 0xe0: e.jump_if(condition_not_equal, relative_target(e)); break;
        case 0xe1: e.jump_if(condition_equal, relative_target(e)); break;
        default: e.jump(relative_target(e)); break;
    }
    a.bind(done);
    e.jump(e.next_rip());
    return true;
}

}  // namespace

bool emit_control_transfer(Emission& e) {
    const Row& row = e.row();
    if (row.map == OpcodeMap::map_0f) return emit_jump_if(e);
    switch (row.opcode) {
        case 0xe0:
        case 0xe1:
        case 0xe2: return emit_loop(e);
        case 0xe3: return emit_jump_if_counter_zero(e);
        case 0xe8: return emit_call(e);
        case 0xe9:
        case 0xeb: return emit_jump(e);
        case 0xc2:
        case 0xc3: return emit_return(e);
        case 0xff: return row.digit == 2 ? emit_call_indirect(e) : emit_jump_indirect(e);
        default: return emit_jump_if(e);
    }
}

}  // namespace calque
