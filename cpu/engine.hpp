// What both engines are to the processor, and the interpreter.
#pragma once

#include "cpu/block_cache.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace calque {

/// What an engine has made of a block, for people to look at.
struct HostCode {
    std::uint32_t eip = 0;                ///< at which it holds
    std::span<const std::uint8_t> bytes;  ///< until the engine runs again
    /// Offsets in `bytes`: where the code of each guest instruction begins, and where that of the last one
    /// ends. What lies before and behind is the block's own. Empty: it is not known.
    std::vector<std::uint32_t> starts{};
};

/// Runs blocks of guest instructions on the CPU's state.
class Engine {
public:
    virtual ~Engine() = default;
    /// Executes from CS:RIP until the next block is longer than the budget, an exception is pending, a stop
    /// is requested, or state asks for the processor's attention (HLT, inhibition, stepping, observation,
    /// shutdown). State is exact on return.
    virtual void execute(Cpu& cpu, BlockCache& blocks) = 0;
    /// The same of `block`, which is at CS:RIP, holds one instruction and was decoded for an observer.
    virtual void execute_observed(Cpu& cpu, BlockCache& blocks, Block& /*block*/) { execute(cpu, blocks); }
    virtual const char* name() const = 0;

    /// How many instructions ran in which way since the machine was made.
    struct Counters {
        std::uint64_t translated = 0, called_out = 0, interpreted = 0;
    };
    virtual Counters counters() const = 0;

    virtual std::vector<HostCode> host_code(const Block& /*block*/) const { return {}; }
};

/// Runs the threaded handlers of one block; RIP and the budget are exact afterwards.
void interpret_block(Cpu& cpu, Block& block);
/// And on through the blocks that were seen to follow it, for a while.
void interpret_chain(Cpu& cpu, Block& block);

/// Whether the processor itself must look before the next instruction.
inline bool needs_attention(const Cpu& cpu) {
    return cpu.exception_pending || cpu.stop_requested || cpu.state.halted || cpu.state.shutdown ||
           cpu.state.inhibition != Inhibition::none || (cpu.mode & (mode::stepping | mode::observed));
}

/// Whether a block may follow. To look for one where the budget is spent could raise the exception of an
/// instruction that an interrupt comes before.
inline bool may_go_on(const Cpu& cpu) { return cpu.budget > 0 && !needs_attention(cpu); }

class Interpreter final : public Engine {
public:
    void execute(Cpu& cpu, BlockCache& blocks) override;
    void execute_observed(Cpu& cpu, BlockCache& blocks, Block& block) override;
    const char* name() const override { return "interpreter"; }
    Counters counters() const override { return {}; }
};

}  // namespace calque
