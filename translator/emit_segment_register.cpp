// PUSH and MOV from a segment register.
#include "translator/emitters.hpp"
#include "translator/memory_operand.hpp"

namespace calque {
namespace {

/// `spare`: the selector, zero-extended.
void emit_selector(Emission& e, unsigned segment) {
    const StateLayout& layout = e.settings.layout;
    const std::ptrdiff_t at = layout.segments + layout.segment_size * static_cast<std::ptrdiff_t>(segment);
    e.take_spare();
    e.a.movzx(e.a.spare().r32(), e.a.in_state(at + layout.selector, 2));
}

bool emit_push(Emission& e, unsigned segment) {
    emit_selector(e, segment);
    return emit_push_spare(e);
}

/// In memory it is always a word.
bool emit_move(Emission& e) {
    auto& a = e.a;
    const unsigned segment = e.insn().modrm_reg();
    if (segment >= segment_count) return false;
    emit_selector(e, segment);
    const unsigned target = e.insn().rm / 8;
    if (e.insn().has_memory()) {
        if (!emit_address(e, MemoryReference::of(e.insn()), 2, AccessKind::write)) return false;
        a.mov(e.operand(2), a.spare().r16());
    } else if (e.insn().operand_size == 4) {
        a.mov(a.guest(target), a.spare().r32());
    } else {
        a.mov(a.guest16(target), a.spare().r16());
    }
    return true;
}

}  // namespace

bool emit_segment_register(Emission& e) {
    const Row& row = e.row();
    if (row.map == OpcodeMap::map_0f) {
        if (row.opcode == 0xa0) return emit_push(e, seg_fs);
        return row.opcode == 0xa8 && emit_push(e, seg_gs);
    }
    if (row.map != OpcodeMap::one_byte) return false;
    switch (row.opcode) {
        case 0x06: return emit_push(e, seg_es);
        case 0x0e: return emit_push(e, seg_cs);
        case 0x16: return emit_push(e, seg_ss);
        case 0x1e: return emit_push(e, seg_ds);
        case 0x8c: return emit_move(e);
        default: return false;
    }
}

}  // namespace calque
