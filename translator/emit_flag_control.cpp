// CLD, STD, CLI, STI, PUSHF and POPF: the flags that have no host register, without touching those that have.
#include "cpu/popped_flags.hpp"
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
    a.lea(a.count().r32(), x86::ptr(a.budget(), e.settings.options.stride));
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
    e.take_spare();
    emit_flag_image(e);
    e.keep_stubs_in_reach();
    return emit_push_spare(e);
}

/// `count` becomes 1 if `spare` has the same of these flags as EFLAGS, else 0.
void emit_compare_flags(Emission& e, std::uint32_t flags) {
    auto& a = e.a;
    a.mov(a.count().r32(), flags);
    a.pext(a.index().r32(), a.spare().r32(), a.count().r32());
    a.mov(a.address().r32(), other_flags(e));
    a.pext(a.count().r32(), a.address().r32(), a.count().r32());
    a.not_(a.index().r32());
    a.lea(a.count().r32(), x86::ptr(a.count(), a.index(), 0, 1));  // the difference, of less than 64
    a.mov(a.index().r32(), 1);
    a.shrx(a.count(), a.index(), a.count());
}

/// The flags of EFLAGS that have host registers, and `plain`, from `spare`.
void emit_set_flags(Emission& e, std::uint32_t plain) {
    auto& a = e.a;
    a.mov(a.index().r32(), other_flags(e));
    a.and_(a.index().r32(), ~plain);
    a.mov(a.count().r32(), a.spare().r32());
    a.and_(a.count().r32(), plain);
    a.or_(a.index().r32(), a.count().r32());
    a.mov(other_flags(e), a.index().r32());
    e.keep_stubs_in_reach();
    a.mov(a.index(), x86::rax);
    a.rorx(x86::eax, a.spare().r32(), 11);  // OF
    a.and_(x86::eax, 1);
    a.add(x86::al, 127);
    a.rorx(x86::eax, a.spare().r32(), 24);  // AH: the others
    a.sahf();
    a.mov(x86::rax, a.index());
}

/// Where neither the mode changes nor an interrupt may be due.
bool emit_popf(Emission& e) {
    auto& a = e.a;
    if (e.insn().operand_size != 4) return false;
    const std::uint32_t popped = popped_flags(e.translation.mode) & ~flag::status;
    const std::uint32_t plain = popped & (flag::df | flag::interrupt);
    e.take_spare();
    if (!emit_address(e, stack_reference(e, 0), 4, AccessKind::read)) return false;
    a.mov(a.spare().r32(), e.operand(4));
    e.keep_stubs_in_reach();
    emit_compare_flags(e, popped & ~plain);
    e.keep_stubs_in_reach();
    emit_zero_count_if(e, e.settings.layout.interrupt_line);
    e.call_out_if_count_zero();
    e.keep_stubs_in_reach();
    emit_set_flags(e, plain);
    emit_move_stack_pointer(e, 4);
    return true;
}

}  // namespace

bool emit_flag_control(Emission& e) {
    const Row& row = e.row();
    if (row.map != OpcodeMap::one_byte) return false;
    switch (row.opcode) {
        case 0x9c: return !e.in_mode(mode::vm86) && emit_pushf(e);
        case 0x9d: return !e.in_mode(mode::vm86) && emit_popf(e);
        case 0xfa: return e.in_mode(mode::iopl_allows) && (emit_clear(e, flag::interrupt), true);
        case 0xfb: return e.in_mode(mode::iopl_allows) && emit_sti(e);
        case 0xfc: emit_clear(e, flag::df); return true;
        case 0xfd: emit_set(e, flag::df); return true;
        default: return false;
    }
}

}  // namespace calque
