// Guest SSE instructions on an x86 host's own unit: the very same opcode on XMM0, the source operand in
// memory. Other hosts compute them (cpu/portable/sse_unit.hpp).
#pragma once

#include "cpu/instruction_table.hpp"
#include "cpu/state.hpp"

#ifdef CALQUE_PORTABLE
#include "cpu/portable/sse_unit.hpp"
#endif

#include <cstdint>
#include <cstring>
#include <type_traits>

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

/// A vector register as the compiler knows it.
using Vector128 = float __attribute__((vector_size(16)));

inline Vector128 vector_of(const Xmm& value) {
    Vector128 vector;
    std::memcpy(&vector, &value, sizeof(vector));
    return vector;
}

inline std::uint32_t mxcsr_of_host() {
    std::uint32_t value;
    asm volatile("stmxcsr %0" : "=m"(value));
    return value;
}
inline void set_mxcsr_of_host(std::uint32_t value) { asm volatile("ldmxcsr %0" : : "m"(value)); }

/// Runs `operation` under the guest's MXCSR `control`, with all exceptions masked; it may run twice. Returns
/// the exception flags raised. `control` may hold flags that are set already, of which no report is needed.
///
/// C++ runs under the reset value, and so do most guests: then the register stays as it is. Flags that are
/// left in it from before cost no more than a second attempt with none of them. Even reading it costs more
/// than most operations: `at_most_inexact` may know from the numbers that there is nothing to read.
template <typename Operation, typename Predicate>
std::uint32_t reporting(std::uint32_t control, Operation operation, Predicate at_most_inexact) {
    const std::uint32_t settings = control & ~mxcsr::exceptions;
    if (settings == mxcsr::initial) [[likely]] {
        operation();
        if ((control & mxcsr::precision) && at_most_inexact()) return 0;
        if (!(mxcsr_of_host() & mxcsr::exceptions & ~control)) [[likely]]
            return 0;
    }
    set_mxcsr_of_host(settings);
    operation();
    const std::uint32_t raised = mxcsr_of_host() & mxcsr::exceptions;
    set_mxcsr_of_host(mxcsr::initial);
    return raised;
}

template <typename Operation>
std::uint32_t reporting(std::uint32_t control, Operation operation) {
    return reporting(control, operation, [] { return false; });
}

/// Whether a scalar is a normal number, but none of the smallest, which a tiny result may be rounded to.
template <typename Bits>
bool is_ordinary(const void* scalar) {
    constexpr unsigned fraction = sizeof(Bits) == 8 ? 52 : 23;
    constexpr Bits exponents = (Bits{1} << (8 * sizeof(Bits) - 1 - fraction)) - 1;
    Bits bits;
    std::memcpy(&bits, scalar, sizeof(bits));
    return (bits >> fraction & exponents) - 2 < exponents - 2;
}

/// Whether `result` follows from the operands of a scalar ADD, MUL, SUB or DIV with no exception but
/// precision.
template <Mandatory mandatory, std::uint8_t opcode>
bool at_most_inexact(const Xmm& left, const void* right, const Vector128& result) {
    constexpr bool scalar = mandatory == Mandatory::pf2 || mandatory == Mandatory::pf3;
    if constexpr (scalar && (opcode == 0x58 || opcode == 0x59 || opcode == 0x5c || opcode == 0x5e)) {
        using Bits = std::conditional_t<mandatory == Mandatory::pf2, std::uint64_t, std::uint32_t>;
        return is_ordinary<Bits>(&left) && is_ordinary<Bits>(right) && is_ordinary<Bits>(&result);
    } else {
        return false;
    }
}

/// destination = op(destination, source) under `control`, as reporting() has it.
template <Mandatory mandatory, std::uint8_t opcode>
std::uint32_t apply_reporting(Xmm& destination, const void* source, std::uint32_t control) {
    Vector128 result;
    const auto operation = [&] {
        result = vector_of(destination);
        asm volatile(".byte %c[prefix], 0x0f, %c[opcode], 0x06"
                     : "+Yz"(result)
                     : "S"(source), [prefix] "i"(prefix_byte(mandatory)), [opcode] "i"(opcode)
                     : "memory");
    };
    const std::uint32_t raised = reporting(
        control, operation, [&] { return at_most_inexact<mandatory, opcode>(destination, source, result); });
    std::memcpy(destination.bytes.data(), &result, sizeof(result));
    return raised;
}

/// CMPPS and its kind, which carry a predicate of three bits.
template <Mandatory mandatory, std::uint8_t predicate>
std::uint32_t compare(Xmm& destination, const void* source, std::uint32_t control) {
    Vector128 result;
    const std::uint32_t raised = reporting(control, [&] {
        result = vector_of(destination);
        asm volatile(".byte %c[prefix], 0x0f, 0xc2, 0x06, %c[predicate]"
                     : "+Yz"(result)
                     : "S"(source), [prefix] "i"(prefix_byte(mandatory)), [predicate] "i"(predicate)
                     : "memory");
    });
    std::memcpy(destination.bytes.data(), &result, sizeof(result));
    return raised;
}

/// COMISS and its kind: `flags` gets ZF, PF and CF as bits of EFLAGS.
template <Mandatory mandatory, std::uint8_t opcode>
std::uint32_t compare_ordered(const Xmm& left, const void* source, std::uint32_t control,
                              std::uint32_t& flags) {
    const Vector128 first = vector_of(left);
    std::uint32_t ax;
    const std::uint32_t raised = reporting(control, [&] {
        asm volatile(
            ".byte %c[prefix], 0x0f, %c[opcode], 0x06\n\t"
            "lahf"
            : "=a"(ax)
            : "Yz"(first), "S"(source), [prefix] "i"(prefix_byte(mandatory)), [opcode] "i"(opcode)
            : "cc", "memory");
    });
    flags = ax >> 8 & 0x45;
    return raised;
}

/// Conversions to a 32-bit general register.
template <Mandatory mandatory, std::uint8_t opcode>
std::uint32_t convert(std::uint32_t& result, const void* source, std::uint32_t control) {
    return reporting(control, [&] {
        asm volatile(".byte %c[prefix], 0x0f, %c[opcode], 0x06"
                     : "=a"(result)
                     : "S"(source), [prefix] "i"(prefix_byte(mandatory)), [opcode] "i"(opcode)
                     : "memory");
    });
}

#endif

}  // namespace host_sse
}  // namespace calque
