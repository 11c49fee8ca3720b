// Which host register holds what while generated code runs.
#pragma once

#include <array>
#include <cstdint>

namespace calque {

/// The homes of a 32-bit guest's registers and of the translator's own values, as host register numbers.
///
/// Nothing else knows them. EAX and EDX have to be at home in the registers of the same name (MUL, DIV, CDQ
/// and more have them as implicit operands). RCX is scratch: inserted code branches by JRCXZ. Instructions
/// that need ECX itself (shifts by CL, CH) are staged through it. RSP is the return stack's.
struct Plan {
    std::array<std::uint8_t, 8> home;  ///< of EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI
    std::uint8_t state;                ///< address of the CpuState
    std::uint8_t tables;               ///< the read table's address + 12: its low bits are the page shift
    std::uint8_t budget;   ///< Cpu::budget - stride + 2^32: the high half is zero once less is left
    std::uint8_t address;  ///< scratch: linear address; EIP of an indirect jump. Not R13, RBP
    std::uint8_t index;    ///< scratch
    std::uint8_t spare;    ///< scratch: a second operand; what a stub is about
};

inline constexpr unsigned host_rcx = 1;

/// Registers keep their names but for ECX; ESP differs from R12 by one REX bit.
inline constexpr Plan identity_plan{.home = {0, 10, 2, 3, 12, 5, 6, 7},
                                    .state = 13,
                                    .tables = 14,
                                    .budget = 15,
                                    .address = 8,
                                    .index = 9,
                                    .spare = 11};

/// As different as a plan may be, for tests: BH has no encoding in it, RSI and RDI are the translator's.
inline constexpr Plan permuted_plan{.home = {0, 8, 2, 12, 3, 14, 5, 15},
                                    .state = 6,
                                    .tables = 7,
                                    .budget = 9,
                                    .address = 10,
                                    .index = 11,
                                    .spare = 13};

/// The plan inside an instruction that is staged: ECX is in RCX.
constexpr Plan staged(Plan plan) {
    plan.home[1] = host_rcx;
    return plan;
}

}  // namespace calque
