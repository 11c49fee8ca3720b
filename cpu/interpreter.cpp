// The interpreter: blocks of threaded handlers, one after the other.
#include "cpu/engine.hpp"

namespace calque {
namespace {

/// A handler may be unable to jump to the next one and call it instead: bounded, the host's stack suffices.
constexpr unsigned longest_chain = 64;

}  // namespace

/// Where the handlers went on to other blocks, `stopped` and RIP are the last one's.
void interpret_block(Cpu& cpu, Block& block) {
    cpu.budget -= block.count;
    ++block.executions;
    const Insn* const first = block.insns.get();
    if (const Insn* stopped = first->execute(cpu, first)) {
        cpu.budget += stopped->remaining;
        cpu.state.rip = static_cast<std::uint32_t>(cpu.state.rip + stopped->offset);
    }
    cpu.current = nullptr;
    cpu.sse_flags.collect(cpu.state.fpu);
}

void interpret_chain(Cpu& cpu, Block& block) {
    cpu.chain_left = longest_chain;
    cpu.sse_flags.allowed = true;
    interpret_block(cpu, block);
    cpu.sse_flags.allowed = false;
    cpu.chain_left = 0;
}

void Interpreter::execute(Cpu& cpu, BlockCache& blocks) {
    do {
        Block* block = blocks.find();
        if (!block || block->count > cpu.budget) return;
        interpret_chain(cpu, *block);
    } while (may_go_on(cpu));
}

void Interpreter::execute_observed(Cpu& cpu, BlockCache&, Block& block) { interpret_block(cpu, block); }

}  // namespace calque
