// The instruction table: one row a form, default deny. It feeds the decoder, both engines and the tests.
#pragma once

#include "cpu/insn.hpp"
#include "cpu/sensitivity.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace calque {

/// What the translator may do with a form.
enum class InstructionClass : std::uint8_t {
    innocuous,         ///< depends on and changes only registers, status flags and its memory operand
    control_transfer,  ///< near jumps, calls and returns
    stack,             ///< innocuous, with an implicit operand on the stack
    string,            ///< innocuous, with implicit operands through ESI and EDI
    emulated,          ///< never copied: sensitive (cpu/sensitivity.hpp), or the host has no such instruction
};

/// What an operand field names, and how wide it is.
enum class OperandKind : std::uint8_t {
    none,
    gpr8,
    gpr16,
    gpr32,
    gpr,  ///< by operand size
    segment,
    control,
    debug,
    st,
    mm,
    xmm,
    memory,  ///< only a memory operand; its size is Row::memory_size
    digit,   ///< an opcode extension
};

enum class Access : std::uint8_t { none, read, write, read_write };

/// Opcode map (SDM vol. 2A, appendix A).
enum class OpcodeMap : std::uint8_t { one_byte, map_0f, map_0f38, map_0f3a };

/// Mandatory prefix of the form. `ignored`: 66, F2, F3 have their general meaning (or none). `not_repeated`:
/// so has 66, but F2 and F3 make another form, or none.
enum class Mandatory : std::uint8_t { ignored, not_repeated, none, p66, pf3, pf2 };

/// Which ModRM.mod the form takes.
enum class Mod : std::uint8_t { any, memory, reg };

/// Attributes of a form; bits of a mask.
namespace attribute {
inline constexpr std::uint16_t ends_block = 1;  ///< nothing after it may be decoded into the same block
inline constexpr std::uint16_t lockable = 2;    ///< LOCK is allowed with a memory destination
inline constexpr std::uint16_t register_in_opcode =
    4;                                    ///< the low three opcode bits name the register (Insn::rm)
inline constexpr std::uint16_t x87 = 8;   ///< needs CR0.EM = TS = 0
inline constexpr std::uint16_t mmx = 16;  ///< x87's rules, and MMX
inline constexpr std::uint16_t sse = 32;  ///< needs CR4.OSFXSR
inline constexpr std::uint16_t protected_mode = 64;  ///< #UD in real and virtual-8086 mode
inline constexpr std::uint16_t repeatable = 128;     ///< REP/REPNE have a meaning
inline constexpr std::uint16_t no_modrm = 256;       ///< the form has no ModRM byte
inline constexpr std::uint16_t sets_mxcsr = 512;     ///< an SSE form that reports in MXCSR (and may #XM)
inline constexpr std::uint16_t own_address = 1024;   ///< the memory accessed is not plainly ModRM's operand
inline constexpr std::uint16_t aligned16 = 2048;     ///< #GP(0) if a 16-byte memory operand is not aligned
inline constexpr std::uint16_t software_interrupt = 4096;  ///< INT n, INT3, INTO, INT1
inline constexpr std::uint16_t x87_control = 8192;         ///< an x87 form that FIP and FOP do not name
inline constexpr std::uint16_t no_effect = 16384;          ///< hints and fences: nothing that a guest can see
}  // namespace attribute

/// CPUID features a row may depend on; bits of a mask. 0: every processor since the 386.
namespace feature {
inline constexpr std::uint32_t i486 = 1, fpu = 2, tsc = 4, msr = 8, cx8 = 16, cmov = 32, mmx = 64, fxsr = 128,
                               sse = 256;
inline constexpr std::uint32_t sse2 = 512, sep = 1024, sse3 = 2048, clflush = 4096, pentium = 8192,
                               nop_0f1f = 1U << 14;
inline constexpr std::uint32_t ssse3 = 1U << 15, sse41 = 1U << 16, sse42 = 1U << 17, popcnt = 1U << 18,
                               movbe = 1U << 19, rdrand = 1U << 20, rdseed = 1U << 21, aes = 1U << 22,
                               pclmulqdq = 1U << 23, sha = 1U << 24;
}  // namespace feature

/// Handlers by operand size (16, 32 bits) and by where ModRM.rm's operand is.
struct Handlers {
    std::array<Handler, 2> reg{};
    std::array<Handler, 2> mem{};
    /// The same as `mem` for 32-bit addresses in a flat segment, without an index and with one, if not null.
    std::array<Handler, 2> flat{};
    std::array<Handler, 2> indexed{};
    /// The same as `reg` for each ModRM.rm, if not null.
    const std::array<Handler, 8>* by_rm = nullptr;
};

/// Handlers of a form and the conditional jump behind it in one, by condition and by where ModRM.rm's operand
/// is; for operand sizes of 32 bits.
struct FusedBranches {
    std::array<Handler, 16> reg{}, flat{}, indexed{};
};

/// Which status flags a form reads, writes and leaves undefined (EFLAGS masks).
struct FlagUse {
    std::uint32_t read = 0, written = 0, undefined = 0;
};

struct Row {
    const char* name = "";  ///< the SDM's mnemonic, lower case
    OpcodeMap map = OpcodeMap::one_byte;
    std::uint8_t opcode = 0;
    std::int8_t digit = -1;  ///< ModRM.reg as an opcode extension, -1: not one
    Mandatory mandatory = Mandatory::ignored;
    Mod mod = Mod::any;
    std::int16_t modrm = -1;  ///< the whole ModRM byte where it is part of the opcode, -1: it is not
    OperandKind reg = OperandKind::none;
    OperandKind rm = OperandKind::none;
    Access rm_access = Access::none;  ///< what is done to ModRM.rm's operand
    Access reg_access = Access::none;
    std::uint8_t memory_size = 0;  ///< bytes of the memory operand, 0: as `rm` says
    InstructionClass cls = InstructionClass::emulated;
    std::uint16_t attributes = 0;
    std::uint32_t features = 0;
    FlagUse flags{};
    Handlers handlers{};
    const FusedBranches* fused = nullptr;  ///< if there are any
    Sensitivity sensitivity{};             ///< filled in by the table; what is sensitive is `emulated`
};

/// All rows; Insn::row indexes it.
std::span<const Row> instruction_table();
inline const Row& row_of(const Insn& insn) { return instruction_table()[insn.row]; }

/// Whether FOP and FIP name the instruction once it has been executed.
inline bool is_named_by_x87_pointers(const Insn& insn) {
    return insn.row != no_row &&
           (row_of(insn).attributes & (attribute::x87 | attribute::x87_control)) == attribute::x87;
}

/// The row for a form or -1, given the raw fields of an instruction. `mandatory` is the SDM's choice of the
/// prefix that counts (F3 and F2 before 66; none).
int find_row(OpcodeMap map, std::uint8_t opcode, std::uint8_t modrm, Mandatory mandatory);

/// The rows of each of the manual's instruction groups, one file a group.
std::span<const Row> data_transfer_rows();
std::span<const Row> stack_rows();
std::span<const Row> arithmetic_rows();
std::span<const Row> logical_rows();
std::span<const Row> shift_rotate_rows();
std::span<const Row> bit_byte_rows();
std::span<const Row> control_transfer_rows();
std::span<const Row> string_rows();
std::span<const Row> flag_control_rows();
std::span<const Row> input_output_rows();
std::span<const Row> segment_register_rows();
std::span<const Row> far_transfer_rows();
std::span<const Row> system_rows();
std::span<const Row> x87_rows();
std::span<const Row> mmx_rows();
std::span<const Row> sse_rows();

}  // namespace calque
