// Drives the emitters over one block.
#include "translator/block_translator.hpp"

#include "translator/emitters.hpp"

namespace calque {

void emit_block(Emission& e, std::vector<std::size_t>* starts) {
    e.begin_block();
    bool goes_on_by_itself = false;
    for (std::uint8_t i = 0; i < e.translation.block->count; ++i) {
        e.start(i);
        if (starts) starts->push_back(e.a.offset());
        goes_on_by_itself = emit_instruction(e);
        e.finish();
    }
    if (starts) starts->push_back(e.a.offset());
    if (!goes_on_by_itself) e.jump(e.next_rip());
    e.end_block();
}

}  // namespace calque
