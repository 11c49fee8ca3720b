// PUSH, POP and LEAVE.
#include "translator/emitters.hpp"
#include "translator/memory_operand.hpp"

namespace calque {
namespace {

namespace x86 = asmjit::x86;

std::int32_t width(const Emission& e) { return e.insn().operand_size; }

bool emit_push_place(Emission& e) {
    return emit_address(e, stack_reference(e, -width(e)), e.insn().operand_size, AccessKind::write);
}

bool emit_push_register(Emission& e) {
    auto& a = e.a;
    if (!emit_push_place(e)) return false;
    const unsigned reg = e.insn().rm / 8;
    if (width(e) == 4)
        a.mov(e.operand(4), a.guest(reg));
    else
        a.mov(e.operand(2), a.guest16(reg));
    emit_move_stack_pointer(e, -width(e));
    return true;
}

bool emit_push_immediate(Emission& e) {
    auto& a = e.a;
    if (!emit_push_place(e)) return false;
    if (width(e) == 4)
        a.mov(e.operand(4), e.insn().immediate);
    else
        a.mov(e.operand(2), e.insn().immediate & 0xffff);
    emit_move_stack_pointer(e, -width(e));
    return true;
}

/// `spare`, zero-extended, from the operand in memory that was made out.
void emit_load_spare(Emission& e) {
    auto& a = e.a;
    if (width(e) == 4)
        a.mov(a.spare().r32(), e.operand(4));
    else
        a.movzx(a.spare().r32(), e.operand(2));
}

/// Where the place to push to stays made out, no register has to keep the value meanwhile.
bool emit_push_memory_in_place(Emission& e) {
    auto& a = e.a;
    if (!emit_push_place(e)) return false;
    if (!emit_address(e, MemoryReference::of(e.insn()), e.insn().operand_size, AccessKind::read))
        return false;
    const x86::Gp value = width(e) == 4 ? x86::Gp(a.index().r32()) : x86::Gp(a.index().r16());
    a.mov(value, e.operand(e.insn().operand_size));
    if (!emit_push_place(e)) return false;
    a.mov(e.operand(e.insn().operand_size), value);
    emit_move_stack_pointer(e, -width(e));
    return true;
}

bool emit_push_memory(Emission& e) {
    if (e.stays_made_out(stack_reference(e, -width(e)), e.insn().operand_size, AccessKind::write))
        return emit_push_memory_in_place(e);
    e.take_spare();
    if (!emit_address(e, MemoryReference::of(e.insn()), e.insn().operand_size, AccessKind::read))
        return false;
    emit_load_spare(e);
    return emit_push_spare(e);
}

/// POP ESP takes the value, not the incremented pointer.
void emit_pop_stack_pointer(Emission& e) {
    auto& a = e.a;
    const bool word = width(e) == 2;
    a.mov(word ? x86::Gp(a.index().r16()) : x86::Gp(a.index().r32()), e.operand(e.insn().operand_size));
    emit_move_stack_pointer(e, width(e));
    if (word)
        a.mov(a.guest16(esp), a.index().r16());
    else
        a.mov(a.guest(esp), a.index().r32());
}

bool emit_pop_register(Emission& e) {
    auto& a = e.a;
    const unsigned reg = e.insn().rm / 8;
    if (!emit_address(e, stack_reference(e, 0), e.insn().operand_size, AccessKind::read)) return false;
    if (reg == esp) {
        emit_pop_stack_pointer(e);
        return true;
    }
    if (width(e) == 4)
        a.mov(a.guest(reg), e.operand(4));
    else
        a.mov(a.guest16(reg), e.operand(2));
    emit_move_stack_pointer(e, width(e));
    return true;
}

/// ESP as base of the destination is the incremented one.
bool emit_pop_memory(Emission& e) {
    MemoryReference destination = MemoryReference::of(e.insn());
    if (destination.base == esp) {
        if (!e.in_mode(mode::stack32)) return false;
        destination.displacement += static_cast<std::uint32_t>(width(e));
    }
    e.take_spare();
    if (!emit_address(e, stack_reference(e, 0), e.insn().operand_size, AccessKind::read)) return false;
    emit_load_spare(e);
    if (!emit_address(e, destination, e.insn().operand_size, AccessKind::write)) return false;
    emit_store_spare(e);
    emit_move_stack_pointer(e, width(e));
    return true;
}

bool emit_leave(Emission& e) {
    auto& a = e.a;
    MemoryReference frame = stack_reference(e, 0);
    frame.base = ebp;
    if (!e.use_stack_aperture(frame) && !emit_address(e, frame, e.insn().operand_size, AccessKind::read))
        return false;
    const bool word = width(e) == 2;
    a.mov(word ? x86::Gp(a.index().r16()) : x86::Gp(a.index().r32()), e.operand(e.insn().operand_size));
    if (e.in_mode(mode::stack32)) {
        a.lea(a.guest(esp), x86::ptr(a.guest(ebp).r64(), width(e)));
    } else {
        a.lea(a.count().r32(), x86::ptr(a.guest(ebp).r64(), width(e)));
        a.mov(a.guest16(esp), a.count().r16());
    }
    if (word)
        a.mov(a.guest16(ebp), a.index().r16());
    else
        a.mov(a.guest(ebp), a.index().r32());
    return true;
}

}  // namespace

MemoryReference stack_reference(const Emission& e, std::int32_t distance) {
    return {.segment = seg_ss,
            .base = esp,
            .displacement = static_cast<std::uint32_t>(distance),
            .mask = e.in_mode(mode::stack32) ? 0xffff'ffffU : 0xffffU};
}

void emit_move_stack_pointer(Emission& e, std::int32_t distance) {
    auto& a = e.a;
    const auto moved = x86::ptr(a.guest(esp).r64(), distance);
    if (e.in_mode(mode::stack32)) {
        a.lea(a.guest(esp), moved);
        return;
    }
    a.lea(a.count().r32(), moved);
    a.mov(a.guest16(esp), a.count().r16());
}

bool emit_push_spare(Emission& e) {
    if (!emit_push_place(e)) return false;
    emit_store_spare(e);
    emit_move_stack_pointer(e, -width(e));
    return true;
}

void emit_store_spare(Emission& e) {
    auto& a = e.a;
    if (width(e) == 4)
        a.mov(e.operand(4), a.spare().r32());
    else
        a.mov(e.operand(2), a.spare().r16());
}

bool emit_stack(Emission& e) {
    const Row& row = e.row();
    switch (row.opcode) {
        case 0x50: return emit_push_register(e);
        case 0x58: return emit_pop_register(e);
        case 0x68:
        case 0x6a: return emit_push_immediate(e);
        case 0x8f: return e.insn().has_memory() ? emit_pop_memory(e) : emit_pop_register(e);
        case 0xc9: return emit_leave(e);
        case 0xff: return e.insn().has_memory() ? emit_push_memory(e) : emit_push_register(e);
        default: return false;
    }
}

}  // namespace calque
