// Guest SSE instructions on an x86 host's own unit: the very same opcode on XMM0, the source operand in
// memory. Other hosts compute them (cpu/portable/sse_unit.hpp).
#pragma once

#include "cpu/instruction_table.hpp"
#include "cpu/state.hpp"

#ifdef CALQUE_PORTABLE
#include "cpu/portable/sse_unit.hpp"
#endif

#include <cstdint>

namespace calque {

using Xmm = FpuArea::Register;

/// Bits of MXCSR (SDM vol. 1, "MXCSR Control and Status Register").
namespace mxcsr {
inline constexpr std::uint32_t invalid = 1, denormal = 2, divide_by_zero = 4, overflow = 8, underflow = 16;
inline constexpr std::uint32_t precision = 32, exceptions = 63;
inline constexpr std::uint32_t before_computation = invalid | denormal | divide_by_zero;
inline constexpr std::uint32_t masks = exceptions << 7, underflow_mask = underflow << 7,
                               flush_to_zero = 1U << 15;
inline constexpr std::uint32_t initial = masks;
}  // namespace mxcsr

namespace host_sse {

#ifdef CALQUE_PORTABLE
template <Mandatory mandatory, std::uint8_t opcode>
void apply(Xmm& destination, const void* source) {
    soft::sse_plain(mandatory, opcode, destination, source);
}
template <Mandatory mandatory, std::uint8_t opcode>
std::uint32_t apply_reporting(Xmm& destination, const void* source, std::uint32_t control) {
    return soft::sse_reporting(mandatory, opcode, destination, source, control);
}
template <Mandatory mandatory, std::uint8_t predicate>
std::uint32_t compare(Xmm& destination, const void* source, std::uint32_t control) {
    return soft::sse_compare(mandatory, predicate, destination, source, control);
}
template <Mandatory mandatory, std::uint8_t opcode>
std::uint32_t compare_ordered(const Xmm& left, const void* source, std::uint32_t control,
                              std::uint32_t& flags) {
    return soft::sse_compare_ordered(mandatory, opcode, left, source, control, flags);
}
template <Mandatory mandatory, std::uint8_t opcode>
std::uint32_t convert(std::uint32_t& result, const void* source, std::uint32_t control) {
    return soft::sse_convert(mandatory, opcode, result, source, control);
}
#else
/// Without a mandatory prefix a DS override, which 64-bit mode ignores, keeps the form the same length.
constexpr std::uint8_t prefix_byte(Mandatory mandatory) {
    switch (mandatory) {
        case Mandatory::p66: return 0x66;
        case Mandatory::pf3: return 0xf3;
        case Mandatory::pf2: return 0xf2;
        default: return 0x3e;
    }
}

/// destination = op(destination, source), for forms that neither use nor change MXCSR. A source operand of 16
/// bytes is aligned.
template <Mandatory mandatory, std::uint8_t opcode>
void apply(Xmm& destination, const void* source) {
    asm volatile(
        "movdqa (%[destination]), %%xmm0\n\t"
        ".byte %c[prefix], 0x0f, %c[opcode], 0x06\n\t"
        "movdqa %%xmm0, (%[destination])"
        :
        : [destination] "D"(&destination),
          "S"(source), [prefix] "i"(prefix_byte(mandatory)), [opcode] "i"(opcode)
        : "xmm0", "memory");
}

/// The same under the guest's MXCSR, with all exceptions masked. Returns the exception flags raised.
template <Mandatory mandatory, std::uint8_t opcode>
std::uint32_t apply_reporting(Xmm& destination, const void* source, std::uint32_t control) {
    std::uint32_t report = control;
    const std::uint32_t own = mxcsr::initial;
    asm volatile(
        "movdqa (%[destination]), %%xmm0\n\t"
        "ldmxcsr %[report]\n\t"
        ".byte %c[prefix], 0x0f, %c[opcode], 0x06\n\t"
        "stmxcsr %[report]\n\t"
        "ldmxcsr %[own]\n\t"
        "movdqa %%xmm0, (%[destination])"
        : [report] "+m"(report)
        : [own] "m"(own), [destination] "D"(&destination),
          "S"(source), [prefix] "i"(prefix_byte(mandatory)), [opcode] "i"(opcode)
        : "xmm0", "memory");
    return report & mxcsr::exceptions;
}

/// CMPPS and its kind, which carry a predicate of three bits.
template <Mandatory mandatory, std::uint8_t predicate>
std::uint32_t compare(Xmm& destination, const void* source, std::uint32_t control) {
    std::uint32_t report = control;
    const std::uint32_t own = mxcsr::initial;
    asm volatile(
        "movdqa (%[destination]), %%xmm0\n\t"
        "ldmxcsr %[report]\n\t"
        ".byte %c[prefix], 0x0f, 0xc2, 0x06, %c[predicate]\n\t"
        "stmxcsr %[report]\n\t"
        "ldmxcsr %[own]\n\t"
        "movdqa %%xmm0, (%[destination])"
        : [report] "+m"(report)
        : [own] "m"(own), [destination] "D"(&destination),
          "S"(source), [prefix] "i"(prefix_byte(mandatory)), [predicate] "i"(predicate)
        : "xmm0", "memory");
    return report & mxcsr::exceptions;
}

/// COMISS and its kind: `flags` gets ZF, PF and CF as bits of EFLAGS.
template <Mandatory mandatory, std::uint8_t opcode>
std::uint32_t compare_ordered(const Xmm& left, const void* source, std::uint32_t control,
                              std::uint32_t& flags) {
    std::uint32_t report = control;
    const std::uint32_t own = mxcsr::initial;
    std::uint32_t ax;
    asm volatile(
        "movdqa (%[left]), %%xmm0\n\t"
        "ldmxcsr %[report]\n\t"
        ".byte %c[prefix], 0x0f, %c[opcode], 0x06\n\t"
        "lahf\n\t"
        "stmxcsr %[report]\n\t"
        "ldmxcsr %[own]"
        : [report] "+m"(report), "=&a"(ax)
        : [own] "m"(own), [left] "D"(&left),
          "S"(source), [prefix] "i"(prefix_byte(mandatory)), [opcode] "i"(opcode)
        : "xmm0", "cc", "memory");
    flags = ax >> 8 & 0x45;
    return report & mxcsr::exceptions;
}

/// Conversions to a 32-bit general register.
template <Mandatory mandatory, std::uint8_t opcode>
std::uint32_t convert(std::uint32_t& result, const void* source, std::uint32_t control) {
    std::uint32_t report = control;
    const std::uint32_t own = mxcsr::initial;
    asm volatile(
        "ldmxcsr %[report]\n\t"
        ".byte %c[prefix], 0x0f, %c[opcode], 0x06\n\t"
        "stmxcsr %[report]\n\t"
        "ldmxcsr %[own]"
        : [report] "+m"(report), "=&a"(result)
        : [own] "m"(own), "S"(source), [prefix] "i"(prefix_byte(mandatory)), [opcode] "i"(opcode)
        : "memory");
    return report & mxcsr::exceptions;
}

#endif

}  // namespace host_sse
}  // namespace calque
