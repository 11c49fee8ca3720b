// The interpreter: blocks of threaded handlers, one after the other.
#include "cpu/engine.hpp"

namespace calque {

void interpret_block(Cpu& cpu, Block& block) {
    cpu.budget -= block.count;
    ++block.executions;
    const Insn* const first = block.insns.get();
    if (const Insn* stopped = first->execute(cpu, first)) {
        cpu.budget += stopped->remaining;
        cpu.state.rip = static_cast<std::uint32_t>(cpu.state.rip + stopped->offset);
    }
    cpu.current = nullptr;
}

void Interpreter::execute(Cpu& cpu, BlockCache& blocks) {
    do {
        Block* block = blocks.find();
        if (!block || block->count > cpu.budget) return;
        interpret_block(cpu, *block);
    } while (!needs_attention(cpu));
}

}  // namespace calque
