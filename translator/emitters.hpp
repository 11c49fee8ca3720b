// The emitters, named after the manual's instruction groups, and the choice among them.
#pragma once

#include "translator/emission.hpp"

namespace calque {

/// Emits the instruction at hand, by the best emitter that knows it or as a callout. True: the emitted code
/// goes on to the block's successors by itself.
bool emit_instruction(Emission& e);

// Each emits the instruction or returns false: then nothing emitted has an effect on the guest, call out.

/// The guest's own instruction, with its memory operand replaced.
bool emit_innocuous(Emission& e);
/// PUSH, POP, LEAVE.
bool emit_stack(Emission& e);
/// MOVS, STOS, LODS.
bool emit_string(Emission& e);
/// CLD, STD, CLI, STI, PUSHF, POPF.
bool emit_flag_control(Emission& e);
/// PUSH and MOV from a segment register.
bool emit_segment_register(Emission& e);
/// FLDCW.
bool emit_x87_control(Emission& e);
/// JMP, Jcc, CALL, RET, LOOPcc, JCXZ: always ends the block.
bool emit_control_transfer(Emission& e);

/// Code after which ESP or SP is moved by `distance`. Clobbers RCX.
void emit_move_stack_pointer(Emission& e, std::int32_t distance);
/// Pushes `spare`; and stores it in the operand that was made out, of the instruction's operand size. The
/// first returns false if it has to call out.
bool emit_push_spare(Emission& e);
void emit_store_spare(Emission& e);
/// The stack operand `distance` bytes from its top.
MemoryReference stack_reference(const Emission& e, std::int32_t distance);

}  // namespace calque
