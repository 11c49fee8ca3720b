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
const Insn* threaded_memory(Cpu& cpu, const Insn* insn) {
    if (!semantics(cpu, *insn)) [[unlikely]]
        return insn;
    if (cpu.stop_requested) [[unlikely]]
        return insn + 1;
    return insn[1].execute(cpu, insn + 1);
}

/// For semantics that leave the final RIP in the state; they end a block.
template <auto semantics>
const Insn* transfer(Cpu& cpu, const Insn* insn) {
    return semantics(cpu, *insn) ? nullptr : insn;
}

/// For semantics that unwind by GuestFault and then fall through to the next instruction.
template <auto semantics>
const Insn* guarded(Cpu& cpu, const Insn* insn) {
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
    cpu.current = insn;
    try {
        semantics(cpu, *insn);
    } catch (const GuestFault&) {
        return insn;
    }
    return nullptr;
}

}  // namespace calque
