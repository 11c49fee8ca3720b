// CLD, STD, CLI, STI and PUSHF: the flags that have no host register, without touching those that have.
#include "translator/emitters.hpp"
#include "translator/memory_operand.hpp"

namespace calque {
namespace {

namespace x86 = asmjit::x86;

asmjit::x86::Mem other_flags(const Emission& e) { return e.a.in_state(e.settings.layout.other_flags, 4); }

/// `index`: the other flags without those of `bits`.
void emit_other_flags_without(Emission& e, std::uint32_t bits) {
    auto& a = e.a;
    e.keep_stubs_in_reach();
    a.mov(a.index().r32(), other_flags(e));
    a.mov(a.count().r32(), ~bits);
    a.pext(a.index().r32(), a.index().r32(), a.count().r32());
    a.pdep(a.index().r32(), a.index().r32(), a.count().r32());
}

void emit_clear(Emission& e, std::uint32_t bit) {
    emit_other_flags_without(e, bit);
    e.a.mov(other_flags(e), e.a.index().r32());
}

void emit_set(Emission& e, std::uint32_t bit) {
    auto& a = e.a;
    emit_other_flags_without(e, bit);
    a.lea(a.index().r32(), x86::ptr(a.index(), static_cast<std::int32_t>(bit)));
    a.mov(other_flags(e), a.index().r32());
}

/// `count` becomes zero if the byte at `condition` is 1; the upper half of `count` is zero.
void emit_zero_count_if(Emission& e, std::ptrdiff_t condition) {
    auto& a = e.a;
    a.movzx(a.index().r32(), a.in_state(condition, 1));
    a.rorx(a.index().r32(), a.index().r32(), 32 - 5);  // a shift by 32
    a.shrx(a.count(), a.count(), a.index());
}

/// Interrupts stay inhibited for an instruction, which matters if one waits or the budget ends here.
bool emit_sti(Emission& e) {
    auto& a = e.a;
    a.mov(a.count().r32(), a.budget().r32());
    emit_zero_count_if(e, e.settings.layout.interrupt_line);
    emit_zero_count_if(e, e.settings.layout.nmi_pending);
    e.call_out_if_count_zero();
    emit_set(e, flag::interrupt);
    return true;
}

/// `spare`: EFLAGS as PUSHF shows them.
void emit_flag_image(Emission& e) {
    auto& a = e.a;
    constexpr std::uint32_t collected = 0x0100'00d5;  // SF, ZF, AF, PF, CF of LAHF, OF of SETO AL behind them
    a.mov(a.index(), x86::rax);
    a.lahf();
    a.seto(x86::al);
    a.rorx(a.spare().r32(), x86::eax, 8);
    a.mov(x86::rax, a.index());
    a.mov(a.count().r32(), collected);
    a.pext(a.spare().r32(), a.spare().r32(), a.count().r32());
    a.mov(a.count().r32(), flag::status);
    a.pdep(a.spare().r32(), a.spare().r32(), a.count().r32());
    emit_other_flags_without(e, flag::vm | flag::rf);
    a.lea(a.spare().r32(), x86::ptr(a.spare(), a.index()));
}

bool emit_pushf(Emission& e) {
    auto& a = e.a;
    const auto width = static_cast<std::int32_t>(e.insn().operand_size);
    e.take_spare();
    emit_flag_image(e);
    e.keep_stubs_in_reach();
    if (!emit_address(e, stack_reference(e, -width), e.insn().operand_size, AccessKind::write)) return false;
    if (width == 4)
        a.mov(e.operand(4), a.spare().r32());
    else
        a.mov(e.operand(2), a.spare().r16());
    emit_move_stack_pointer(e, -width);
    return true;
}

}  // namespace

bool emit_flag_control(Emission& e) {
    const Row& row = e.row();
    if (row.map != OpcodeMap::one_byte) return false;
    switch (row.opcode) {
        case 0x9c: return !e.in_mode(mode::vm86) && emit_pushf(e);
        case 0xfa: return e.in_mode(mode::iopl_allows) && (emit_clear(e, flag::interrupt), true);
        case 0xfb: return e.in_mode(mode::iopl_allows) && emit_sti(e);
        case 0xfc: emit_clear(e, flag::df); return true;
        case 0xfd: emit_set(e, flag::df); return true;
        default: return false;
    }
}

}  // namespace calque
