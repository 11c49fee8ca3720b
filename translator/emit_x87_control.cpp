// FLDCW: programs that convert to integers execute two for each.
#include "translator/emitters.hpp"
#include "translator/memory_operand.hpp"

namespace calque {

/// A control word that unmasks an exception is called out: the mode changes, and the exception may be there.
bool emit_x87_control(Emission& e) {
    if (!is_fldcw(e.row()) || e.in_mode(mode::unmasked_x87)) return false;
    if (!emit_address(e, MemoryReference::of(e.insn()), 2, AccessKind::read)) return false;
    auto& a = e.a;
    const auto all_masked = a.newLabel(), done = a.newLabel();
    a.movzx(a.count().r32(), e.operand(2));
    a.not_(a.count());
    a.pext(a.count(), a.count(), a.in_context(a.context().x87_masks));
    a.jump_if_count_zero(all_masked);
    e.call_out();
    a.short_().jmp(done);
    a.bind(all_masked);
    a.fldcw(e.operand(2));
    a.fnstcw(a.in_state(e.settings.layout.fcw, 2));
    a.bind(done);
    e.keep_stubs_in_reach();
    return true;
}

}  // namespace calque
