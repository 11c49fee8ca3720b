// Threaded dispatch: makes block-running handlers of semantic functions.
#pragma once

#include "cpu/block_end.hpp"
#include "cpu/cpu.hpp"

namespace calque {

/// For semantics that touch registers only.
template <auto semantics>
const Insn* threaded(Cpu& cpu, const Insn* insn) {
    if (!semantics(cpu, *insn)) [[unlikely]]
        return insn;
    return insn[1].execute(cpu, insn + 1);
}

/// For semantics that touch memory, ports or devices: those may ask for a stop after this instruction.
template <auto semantics>
[[gnu::noinline]] const Insn* threaded_memory(Cpu& cpu, const Insn* insn) {
    cpu.sse_flags.collect(cpu.state.fpu);
    if (!semantics(cpu, *insn)) [[unlikely]]
        return insn;
    if (cpu.stop_requested) [[unlikely]]
        return insn + 1;
    return insn[1].execute(cpu, insn + 1);
}

/// `plain` is `complete` for accesses that need no closer look. Where it returns false `complete` has the
/// answer.
template <auto plain, auto complete>
const Insn* threaded_plain(Cpu& cpu, const Insn* insn) {
    if (!plain(cpu, *insn)) [[unlikely]]
        return threaded_memory<complete>(cpu, insn);
    return insn[1].execute(cpu, insn + 1);
}

/// For semantics that leave the final RIP in the state; they end a block.
template <auto semantics>
[[gnu::noinline]] const Insn* transfer(Cpu& cpu, const Insn* insn) {
    cpu.sse_flags.collect(cpu.state.fpu);
    return semantics(cpu, *insn) ? nullptr : insn;
}

/// Runs a block from its first instruction, if the budget pays for it.
[[gnu::always_inline]] inline const Insn* enter(Cpu& cpu, const Insn* first) {
    const std::int64_t count = first->remaining;
    if (count > cpu.budget) return nullptr;
    --cpu.chain_left;
    cpu.budget -= count;
    return first->execute(cpu, first);
}

/// Ends a block with RIP final and nothing that asks for attention: runs the next one, if it is known.
inline const Insn* chain_by_cache(Cpu& cpu) {
    if (cpu.chain_left == 0) return nullptr;
    const JumpCache::Key key = cpu.jump_key();
    const JumpCache::Entry& next = cpu.jumps.at(key.linear);
    return next.key == key ? enter(cpu, next.first) : nullptr;
}
/// The same when `successor` knows no better; it will.
[[gnu::noinline]] inline const Insn* chain_anew(Cpu& cpu, Successor& successor) {
    const JumpCache::Key key = cpu.jump_key();
    const JumpCache::Entry& next = cpu.jumps.at(key.linear);
    if (!(next.key == key)) return nullptr;
    if (cpu.mode & mode::flat_cs) successor = {key.generation, next.first, key.linear};
    return enter(cpu, next.first);
}
/// The same by the successors noted behind the block's `last` instruction, one for each way that is always
/// the same.
template <Way way>
[[gnu::always_inline]] inline const Insn* chain(Cpu& cpu, const Insn* last) {
    if (cpu.chain_left == 0) return nullptr;
    Successor& next = end_behind(last).successors[way];
    if (next.rip != cpu.state.rip || next.generation != cpu.generation()) [[unlikely]]
        return chain_anew(cpu, next);
    return enter(cpu, next.first);
}

/// As threaded_plain(), for transfers to wherever an operand says.
template <auto plain, auto complete>
const Insn* indirect_transfer_plain(Cpu& cpu, const Insn* insn) {
    if (!plain(cpu, *insn)) [[unlikely]]
        return transfer<complete>(cpu, insn);
    return chain_by_cache(cpu);
}
/// The same for those with one target.
template <auto plain, auto complete>
[[gnu::always_inline]] inline const Insn* transfer_plain(Cpu& cpu, const Insn* insn) {
    if (!plain(cpu, *insn)) [[unlikely]]
        return transfer<complete>(cpu, insn);
    return chain<taken>(cpu, insn);
}
/// The same where `holds` decides.
template <auto holds, auto plain, auto complete>
[[gnu::always_inline]] inline const Insn* branch_plain(Cpu& cpu, const Insn* insn) {
    if (holds(cpu.state.status)) return transfer_plain<plain, complete>(cpu, insn);
    cpu.state.rip = cpu.next_ip(*insn);
    return chain<not_taken>(cpu, insn);
}

/// For semantics that unwind by GuestFault and then fall through to the next instruction.
template <auto semantics>
const Insn* guarded(Cpu& cpu, const Insn* insn) {
    cpu.sse_flags.collect(cpu.state.fpu);
    cpu.current = insn;
    try {
        semantics(cpu, *insn);
    } catch (const GuestFault&) {
        return insn;
    }
    if (cpu.stop_requested) return insn + 1;
    return insn[1].execute(cpu, insn + 1);
}

/// For semantics that unwind by GuestFault and leave the final RIP in the state.
template <auto semantics>
const Insn* guarded_transfer(Cpu& cpu, const Insn* insn) {
    cpu.sse_flags.collect(cpu.state.fpu);
    cpu.current = insn;
    try {
        semantics(cpu, *insn);
    } catch (const GuestFault&) {
        return insn;
    }
    return nullptr;
}

}  // namespace calque
