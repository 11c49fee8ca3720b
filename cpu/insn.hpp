// One decoded instruction in compact form: what a handler needs, and nothing it would have to work out.
#pragma once

#include <cstdint>

namespace calque {

class Cpu;
struct Insn;

/// Runs an instruction and, through the one that follows it, the rest of its block (threaded dispatch).
///
/// Returns where execution stopped: the first instruction that did not retire (it faulted, a stop was
/// requested before it, or it is the block's end marker), or nullptr if RIP is already final
/// (control transfers).
using Handler = const Insn* (*)(Cpu&, const Insn*);

/// What one instruction does. True: it retired. False: it did not and Cpu::exception says why (or a string
/// instruction wants to be resumed); nothing the manual calls restartable has changed.
using Semantics = bool (*)(Cpu&, const Insn&);

namespace prefix {
inline constexpr std::uint8_t lock = 1, rep = 2, repne = 4, operand_size = 8, address_size = 16, segment = 32;
}

/// Insn::row of what the table does not list (#UD).
inline constexpr std::uint16_t no_row = 0xffff;

struct Insn {
    Handler execute = nullptr;
    std::uint32_t displacement = 0;  ///< also the selector of far pointers, the second immediate of ENTER
    std::uint32_t immediate = 0;     ///< sign-extended where the instruction sign-extends it
    std::uint32_t address_mask = 0;  ///< FFFF or FFFFFFFF
    std::uint8_t base = 16;          ///< number of a general register; 16 reads as zero
    std::uint8_t index = 16;
    std::uint8_t scale = 0;      ///< a shift count
    std::uint8_t segment = 0;    ///< SegmentName of the memory operand
    std::uint8_t reg = 0;        ///< ModRM.reg (or the opcode's register): byte offset into CpuState::gpr
    std::uint8_t rm = 0;         ///< ModRM.rm as a register: byte offset into CpuState::gpr
    std::uint8_t modrm = 0;      ///< as encoded; mod = 3 if the operand is a register
    std::uint8_t length = 0;     ///< bytes
    std::uint16_t offset = 0;    ///< of the first byte, from the block's start
    std::uint16_t row = no_row;  ///< index into the instruction table
    std::uint8_t remaining =
        0;  ///< instructions from this one to the block's end, itself included; end marker: 0
    std::uint8_t operand_size = 0;  ///< 2 or 4: the effective operand size
    std::uint8_t prefixes = 0;
    bool fused = false;  ///< `execute` runs the next instruction too

    bool has_memory() const { return modrm < 0xc0; }
    unsigned modrm_reg() const { return modrm >> 3 & 7U; }
    unsigned modrm_rm() const { return modrm & 7U; }
};
static_assert(sizeof(Insn) <= 40);

}  // namespace calque
