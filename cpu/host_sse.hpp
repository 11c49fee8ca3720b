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
// Without a report.
template <Mandatory mandatory, std::uint8_t predicate>
void compare(Xmm& destination, const void* source) {
    compare<mandatory, predicate>(destination, source, mxcsr::initial);
}
template <Mandatory mandatory, std::uint8_t opcode>
std::uint32_t compare_ordered(const Xmm& left, const void* source) {
    std::uint32_t flags = 0;
    compare_ordered<mandatory, opcode>(left, source, mxcsr::initial, flags);
    return flags;
}
template <Mandatory mandatory, std::uint8_t opcode>
std::uint32_t convert(const void* source) {
    std::uint32_t result = 0;
    convert<mandatory, opcode>(result, source, mxcsr::initial);
    return result;
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

/// A vector register as the compiler knows it.
using Vector128 = float __attribute__((vector_size(16)));

inline Vector128 vector_of(const Xmm& value) {
    Vector128 vector;
    std::memcpy(&vector, &value, sizeof(vector));
    return vector;
}

/// The operations themselves, under the host's MXCSR as it is and with their flags left in it. A source
/// operand of 16 bytes is aligned.
///
/// destination = op(destination, source).
template <Mandatory mandatory, std::uint8_t opcode>
void apply(Xmm& destination, const void* source) {
    Vector128 value = vector_of(destination);
    asm volatile(".byte %c[prefix], 0x0f, %c[opcode], 0x00"
                 : "+Yz"(value)
                 : "a"(source), [prefix] "i"(prefix_byte(mandatory)), [opcode] "i"(opcode)
                 : "memory");
    std::memcpy(destination.bytes.data(), &value, sizeof(value));
}

/// CMPPS and its kind, which carry a predicate of three bits.
template <Mandatory mandatory, std::uint8_t predicate>
void compare(Xmm& destination, const void* source) {
    Vector128 value = vector_of(destination);
    asm volatile(".byte %c[prefix], 0x0f, 0xc2, 0x00, %c[predicate]"
                 : "+Yz"(value)
                 : "a"(source), [prefix] "i"(prefix_byte(mandatory)), [predicate] "i"(predicate)
                 : "memory");
    std::memcpy(destination.bytes.data(), &value, sizeof(value));
}

/// COMISS and its kind: ZF, PF and CF as bits of EFLAGS.
template <Mandatory mandatory, std::uint8_t opcode>
std::uint32_t compare_ordered(const Xmm& left, const void* source) {
    std::uint32_t ax;
    asm volatile(
        ".byte %c[prefix], 0x0f, %c[opcode], 0x00\n\t"
        "lahf"
        : "=a"(ax)
        : "Yz"(vector_of(left)), "a"(source), [prefix] "i"(prefix_byte(mandatory)), [opcode] "i"(opcode)
        : "cc", "memory");
    return ax >> 8 & 0x45;
}

/// Conversions to a 32-bit general register.
template <Mandatory mandatory, std::uint8_t opcode>
std::uint32_t convert(const void* source) {
    std::uint32_t result;
    asm volatile(".byte %c[prefix], 0x0f, %c[opcode], 0x00"
                 : "=a"(result)
                 : "a"(source), [prefix] "i"(prefix_byte(mandatory)), [opcode] "i"(opcode)
                 : "memory");
    return result;
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
/// left in it from before cost no more than a second attempt with none of them.
template <typename Operation>
std::uint32_t reporting(std::uint32_t control, Operation operation) {
    const std::uint32_t settings = control & ~mxcsr::exceptions;
    if (settings == mxcsr::initial) [[likely]] {
        operation();
        if (!(mxcsr_of_host() & mxcsr::exceptions & ~control)) [[likely]]
            return 0;
    }
    set_mxcsr_of_host(settings);
    operation();
    const std::uint32_t raised = mxcsr_of_host() & mxcsr::exceptions;
    set_mxcsr_of_host(mxcsr::initial);
    return raised;
}

// The same operations under `control`, as reporting() has it.

template <Mandatory mandatory, std::uint8_t opcode>
std::uint32_t apply_reporting(Xmm& destination, const void* source, std::uint32_t control) {
    Xmm result;
    const std::uint32_t raised = reporting(control, [&] {
        result = destination;
        apply<mandatory, opcode>(result, source);
    });
    destination = result;
    return raised;
}
template <Mandatory mandatory, std::uint8_t predicate>
std::uint32_t compare(Xmm& destination, const void* source, std::uint32_t control) {
    Xmm result;
    const std::uint32_t raised = reporting(control, [&] {
        result = destination;
        compare<mandatory, predicate>(result, source);
    });
    destination = result;
    return raised;
}
template <Mandatory mandatory, std::uint8_t opcode>
std::uint32_t compare_ordered(const Xmm& left, const void* source, std::uint32_t control,
                              std::uint32_t& flags) {
    return reporting(control, [&] { flags = compare_ordered<mandatory, opcode>(left, source); });
}
template <Mandatory mandatory, std::uint8_t opcode>
std::uint32_t convert(std::uint32_t& result, const void* source, std::uint32_t control) {
    return reporting(control, [&] { result = convert<mandatory, opcode>(source); });
}

#endif

}  // namespace host_sse
}  // namespace calque
