// Drives the emitters over one block.
#include "translator/block_translator.hpp"

#include "translator/emitters.hpp"

namespace calque {

void emit_block(Emission& e) {
    e.begin_block();
    bool goes_on_by_itself = false;
    for (std::uint8_t i = 0; i < e.translation.block->count; ++i) {
        e.start(i);
        goes_on_by_itself = emit_instruction(e);
        e.finish();
    }
    if (!goes_on_by_itself) e.jump(e.next_rip());
    e.end_block();
}

}  // namespace calque
