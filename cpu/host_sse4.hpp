// Guest instructions of SSSE3, SSE4 and their opcode map on an x86 host that has them. Others compute them.
#pragma once

#include "cpu/host_features.hpp"
#include "cpu/host_sse.hpp"
#include "cpu/portable/crc32c.hpp"
#include "cpu/portable/packed_integer_0f38.hpp"
#include "cpu/portable/sse_unit.hpp"
#include "cpu/portable/string_comparison.hpp"

#include <array>
#include <concepts>
#include <cstdint>
#include <utility>

namespace calque::host_sse {

#ifndef CALQUE_PORTABLE
namespace on_host {

/// A source operand of 16 bytes is aligned.
template <Mandatory mandatory, std::uint8_t opcode>
void packed_0f38(Xmm& destination, const void* source) {
    asm volatile(
        "movdqa (%[destination]), %%xmm0\n\t"
        ".byte %c[prefix], 0x0f, 0x38, %c[opcode], 0x06\n\t"
        "movdqa %%xmm0, (%[destination])"
        :
        : [destination] "D"(&destination),
          "S"(source), [prefix] "i"(prefix_byte(mandatory)), [opcode] "i"(opcode)
        : "xmm0", "memory");
}

template <std::uint8_t opcode, std::uint8_t mode>
std::uint32_t round(Xmm& destination, const void* source, std::uint32_t control) {
    Vector128 result;
    const std::uint32_t raised = reporting(control, [&] {
        result = vector_of(destination);
        asm volatile(".byte 0x66, 0x0f, 0x3a, %c[opcode], 0x06, %c[mode]"
                     : "+Yz"(result)
                     : "S"(source), [opcode] "i"(opcode), [mode] "i"(mode)
                     : "memory");
    });
    std::memcpy(destination.bytes.data(), &result, sizeof(result));
    return raised;
}
/// DPPS or DPPD of all elements, everywhere.
template <std::uint8_t opcode>
void dot_product(Xmm& destination, const void* source, std::uint32_t control) {
    Vector128 result;
    reporting(control, [&] {
        result = vector_of(destination);
        asm volatile(".byte 0x66, 0x0f, 0x3a, %c[opcode], 0x06, 0xff"
                     : "+Yz"(result)
                     : "S"(source), [opcode] "i"(opcode)
                     : "memory");
    });
    std::memcpy(destination.bytes.data(), &result, sizeof(result));
}

template <std::uint8_t opcode, std::size_t... mode>
constexpr auto make_rounds(std::index_sequence<mode...>) {
    return std::array{round<opcode, static_cast<std::uint8_t>(mode)>...};
}

/// PCMPESTRM with a positive polarity, and a mask of bits as its result.
template <std::uint8_t control>
unsigned compare_strings(const Xmm& left, const Xmm& right, const soft::StringLengths& lengths) {
    Vector128 mask;
    asm volatile("pcmpestrm %[control], %[right], %[left]"
                 : "=Yz"(mask)
                 : [left] "x"(vector_of(left)), [right] "x"(vector_of(right)), [control] "i"(control),
                   "a"(lengths[0]), "d"(lengths[1])
                 : "cc");
    std::uint32_t bits;
    std::memcpy(&bits, &mask, sizeof(bits));
    return bits;
}
template <std::size_t... control>
constexpr auto make_comparisons(std::index_sequence<control...>) {
    return std::array{compare_strings<static_cast<std::uint8_t>(control)>...};
}

template <std::unsigned_integral T>
std::uint32_t crc32c(std::uint32_t crc, T data) {
    if constexpr (sizeof(T) == 1) asm("crc32b %1, %0" : "+r"(crc) : "q"(data));
    if constexpr (sizeof(T) == 2) asm("crc32w %1, %0" : "+r"(crc) : "r"(data));
    if constexpr (sizeof(T) == 4) asm("crc32l %1, %0" : "+r"(crc) : "r"(data));
    return crc;
}

}  // namespace on_host
#endif

/// destination = 0F 38 `opcode` of destination and source, for packed integers.
template <std::uint32_t needed, Mandatory mandatory, std::uint8_t opcode>
void packed_0f38(Xmm& destination, const void* source) {
#ifndef CALQUE_PORTABLE
    if (host_has(needed)) return on_host::packed_0f38<mandatory, opcode>(destination, source);
#endif
    soft::packed_integer_0f38(opcode, destination.bytes,
                              {static_cast<const std::uint8_t*>(source), sizeof(Xmm)});
}

/// ROUNDPS (opcode 0F 3A 08) and its kind under `control`, as reporting() has it.
template <std::uint8_t opcode>
std::uint32_t round(unsigned mode, Xmm& destination, const void* source, std::uint32_t control) {
#ifndef CALQUE_PORTABLE
    static constexpr auto rounds = on_host::make_rounds<opcode>(std::make_index_sequence<16>{});
    if (host_has(feature::sse41)) return rounds[mode](destination, source, control);
#endif
    return soft::sse_round(opcode, mode, destination, source, control);
}

/// Makes `sums` the host's own DPPS (opcode 0F 3A 40) or DPPD of `left` and `source` where the host has it:
/// which of two NaNs a sum of products is differs from maker to maker, and from element to element.
template <std::uint8_t opcode>
void choose_nans_like_host([[maybe_unused]] Xmm& sums, [[maybe_unused]] const Xmm& left,
                           [[maybe_unused]] const void* source, [[maybe_unused]] std::uint32_t control) {
#ifndef CALQUE_PORTABLE
    if (!host_has(feature::sse41)) return;
    sums = left;
    on_host::dot_product<opcode>(sums, source, control);
#endif
}

/// IntRes1 of the comparison that bits 0 to 3 of the immediate select.
inline unsigned compare_strings(unsigned control, const Xmm& left, const Xmm& right,
                                const soft::StringLengths& lengths) {
#ifndef CALQUE_PORTABLE
    static constexpr auto comparisons = on_host::make_comparisons(std::make_index_sequence<16>{});
    if (host_has(feature::sse42)) return comparisons[control](left, right, lengths);
#endif
    return soft::compare_strings(control, left, right, lengths);
}

template <std::unsigned_integral T>
std::uint32_t crc32c(std::uint32_t crc, T data) {
#ifndef CALQUE_PORTABLE
    if (host_has(feature::sse42)) return on_host::crc32c(crc, data);
#endif
    return soft::crc32c(crc, data);
}

}  // namespace calque::host_sse
