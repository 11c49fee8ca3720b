// Which host register holds what while generated code runs.
#pragma once

#include <array>
#include <cstdint>

namespace calque {

/// The homes of a 32-bit guest's registers and of the translator's own values, as host register numbers.
///
/// Nothing else knows them. Three homes are fixed by instructions with implicit operands: EAX, ECX and EDX are at
/// home in the registers of the same name (JRCXZ, shifts by CL, MUL and DIV). `address` must be usable as a base
/// without SIB byte or displacement; the stack pointer is the return stack's.
struct Plan {
    std::array<std::uint8_t, 8> home;  ///< of EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI
    std::uint8_t state;                ///< address of the CpuState
    std::uint8_t tables;               ///< the read table's address + 12: its low bits are the page shift
    std::uint8_t budget;               ///< Cpu::budget + 2^32: the high half is zero once it is overdrawn
    std::uint8_t address;              ///< scratch: linear address, then host pointer; EIP of an indirect jump
    std::uint8_t index;                ///< scratch
    std::uint8_t saved_count;          ///< scratch: RCX while JRCXZ needs it
    std::uint8_t spare;                ///< scratch: a second operand; what a stub is about
};

/// Registers keep their names; ESP differs from R12 by one REX bit.
inline constexpr Plan identity_plan{.home = {0, 1, 2, 3, 12, 5, 6, 7}, .state = 13, .tables = 14, .budget = 15,
                                    .address = 8, .index = 9, .saved_count = 10, .spare = 11};

/// As different as a plan may be, for tests: BH has no encoding in it, RSI and RDI are the translator's.
inline constexpr Plan permuted_plan{.home = {0, 1, 2, 12, 3, 14, 5, 8}, .state = 6, .tables = 7, .budget = 9,
                                    .address = 10, .index = 11, .saved_count = 13, .spare = 15};

}  // namespace calque
