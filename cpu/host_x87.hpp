// The x87 and MMX unit that executes guest instructions: on an x86 host its own, on the state that is live
// there; elsewhere one in software for each thread (cpu/portable/x87_unit.hpp).
#pragma once

#include "cpu/state.hpp"

#include <array>
#include <cstdint>

namespace calque::host_x87 {

/// Makes the x87 part of `area` the unit's state. MXCSR and the XMM registers keep their values.
void load(const FpuArea& area);
/// Stores the unit's state in canonical form (reserved bytes zero) and initializes the unit. The pointers of
/// `area` stay: the host's are not the guest's.
void store(FpuArea& area);

std::uint16_t status();
std::uint16_t control();
void set_control(std::uint16_t value);
void initialize();        ///< FNINIT
void clear_exceptions();  ///< FNCLEX

/// D8..DF with a register form's ModRM byte. Not for forms that write AX or read or write flags.
void execute(std::uint8_t opcode, std::uint8_t modrm);
/// D8..DF with ModRM.reg = `digit` and a memory operand at `operand`.
void execute(std::uint8_t opcode, unsigned digit, void* operand);
/// FCMOVcc and F(U)COMI(P): takes and returns the status flags as bits of EFLAGS.
std::uint32_t execute_with_flags(std::uint8_t opcode, std::uint8_t modrm, std::uint32_t flags);

// The same with the form known beforehand. A register form is not one that the other declarations exclude.
template <std::uint8_t opcode, std::uint8_t modrm>
void execute_register();
template <std::uint8_t opcode, unsigned digit>
void execute_memory(void* operand);

/// MMX registers. Like every MMX instruction these set TOP to 0 and all tags to valid.
std::uint64_t read_mm(unsigned number);
void write_mm(unsigned number, std::uint64_t value);
void empty_mm();  ///< EMMS

#ifdef CALQUE_PORTABLE
void mmx(std::uint8_t opcode, unsigned number, const void* source);

template <std::uint8_t opcode>
void mmx(unsigned number, const void* source) {
    mmx(opcode, number, source);
}
template <std::uint8_t opcode, std::uint8_t modrm>
void execute_register() {
    execute(opcode, modrm);
}
template <std::uint8_t opcode, unsigned digit>
void execute_memory(void* operand) {
    execute(opcode, digit, operand);
}
#else
template <std::uint8_t opcode, std::uint8_t modrm>
void execute_register() {
    asm volatile(".byte %c0, %c1" : : "i"(opcode), "i"(modrm));
}
template <std::uint8_t opcode, unsigned digit>
void execute_memory(void* operand) {
    asm volatile(".byte %c0, %c1" : : "i"(opcode), "i"(digit << 3), "a"(operand) : "memory");
}
namespace detail {
template <std::uint8_t opcode, unsigned number>
void mmx_on(const void* source) {
    // ModRM: the register, and memory through RSI.
    asm volatile(".byte 0x0f, %c0, %c1" : : "i"(opcode), "i"(number << 3 | 6), "S"(source) : "memory");
}
template <std::uint8_t opcode, unsigned number>
void mmx_0f38_on(const void* source) {
    asm volatile(".byte 0x0f, 0x38, %c0, %c1" : : "i"(opcode), "i"(number << 3 | 6), "S"(source) : "memory");
}
}  // namespace detail

/// MMX instruction 0F `opcode` on register `number` with a source operand in memory.
template <std::uint8_t opcode>
void mmx(unsigned number, const void* source) {
    using detail::mmx_on;
    static constexpr std::array<void (*)(const void*), 8> on{
        mmx_on<opcode, 0>, mmx_on<opcode, 1>, mmx_on<opcode, 2>, mmx_on<opcode, 3>,
        mmx_on<opcode, 4>, mmx_on<opcode, 5>, mmx_on<opcode, 6>, mmx_on<opcode, 7>};
    on[number](source);
}

/// The same for SSSE3's 0F 38 `opcode`, which the host must have.
template <std::uint8_t opcode>
void mmx_0f38(unsigned number, const void* source) {
    using detail::mmx_0f38_on;
    static constexpr std::array<void (*)(const void*), 8> on{
        mmx_0f38_on<opcode, 0>, mmx_0f38_on<opcode, 1>, mmx_0f38_on<opcode, 2>, mmx_0f38_on<opcode, 3>,
        mmx_0f38_on<opcode, 4>, mmx_0f38_on<opcode, 5>, mmx_0f38_on<opcode, 6>, mmx_0f38_on<opcode, 7>};
    on[number](source);
}
#endif

}  // namespace calque::host_x87
