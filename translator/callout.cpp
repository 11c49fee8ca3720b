// Callouts: the interpreter's handler in the middle of generated code.
#include "cpu/decoder.hpp"
#include "translator/translator.hpp"

#include <algorithm>

namespace calque {

/// What generated code notes at the end of a block.
void Translator::note_x87_before(const CalloutSite& site) {
    const Translation& translation = *site.owner;
    for (unsigned i = std::min(site.index, translation.x87_end); i-- > 0;) {
        const Insn& insn = translation.block->insns[i];
        if (!is_named_by_x87_pointers(insn)) continue;
        note_x87_instruction(cpu_.state, x87_fop(row_of(insn).opcode, insn.modrm),
                             translation.rip + insn.offset);
        return;
    }
}

void Translator::count_row(const Insn& insn) {
    ++callouts_by_row_[std::min<std::size_t>(insn.row, callouts_by_row_.size() - 1)];
}

/// The handler sees a block of one instruction at the exact RIP, with the count of the block it is part of.
const void* Translator::call_out(const CalloutSite& site) {
    import_state();
    count_callout(*site.owner);
    if (context_.looks_left == 0) sample_misaligned(*site.owner);
    const Block& block = *site.owner->block;
    const Insn& original = block.insns[site.index];
    std::array<Insn, 2> alone{original};
    alone[0].execute = unfused_handler(original, block.mode);
    alone[0].offset = 0;
    alone[1].execute = end_of_block;
    alone[1].offset = original.length;
    alone[1].remaining = static_cast<std::uint8_t>(original.remaining - 1);
    const std::uint32_t rip = site.owner->rip + original.offset;
    note_x87_before(site);
    count_row(original);

    const std::int64_t before = cpu_.budget;
    cpu_.state.rip = rip;
    const Insn* const stopped = alone[0].execute(cpu_, alone.data());
    cpu_.current = nullptr;
    const bool retired = stopped != alone.data();
    if (unmapped_) fill_aperture(*site.owner);
    counters_.called_out += static_cast<std::uint64_t>(before - cpu_.budget + retired);

    const bool goes_on =
        stopped == &alone[1] && context_key() == context_key_ && site.owner->block && !needs_attention(cpu_);
    if (goes_on && make_live(site.owner->needs)) {
        export_state();
        return site.resume;
    }
    if (stopped) {
        cpu_.budget += stopped->remaining;
        cpu_.state.rip = rip + stopped->offset;
    }
    Translation* next = successor();
    if (!next) return nullptr;
    refresh_context();
    export_state();
    return next->entry;
}

}  // namespace calque
