// Threaded dispatch: makes block-running handlers of semantic functions.
#pragma once

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

/// Ends a block with RIP final and nothing that asks for attention: runs the next one, if it is known and the
/// budget pays for it.
inline const Insn* chain(Cpu& cpu) {
    if (cpu.chain_left == 0) return nullptr;
    const JumpCache::Key key = cpu.jump_key();
    const JumpCache::Entry& next = cpu.jumps.at(key.linear);
    if (!(next.key == key) || next.count > cpu.budget) return nullptr;
    --cpu.chain_left;
    cpu.budget -= next.count;
    return next.first->execute(cpu, next.first);
}

/// As threaded_plain().
template <auto plain, auto complete>
const Insn* transfer_plain(Cpu& cpu, const Insn* insn) {
    if (!plain(cpu, *insn)) [[unlikely]]
        return transfer<complete>(cpu, insn);
    return chain(cpu);
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
