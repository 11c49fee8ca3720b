// SSE operations on one element, with all exceptions masked: results and flags as the manual's tables give
// them (SDM vol. 1, "SIMD Floating-Point Exceptions").
#pragma once

#include "cpu/portable/binary_format.hpp"

namespace calque::soft {

/// By the opcode of its instruction, 0F xx.
enum class Operation : std::uint8_t {
    square_root = 0x51,
    add = 0x58,
    multiply = 0x59,
    subtract = 0x5c,
    minimum = 0x5d,
    divide = 0x5e,
    maximum = 0x5f,
};

template <std::unsigned_integral Bits>
Bits compute(Operation operation, Bits left, Bits right, SseControl& control);

enum class Order : std::uint8_t { less, equal, greater, unordered };
/// QNaNs raise the invalid flag too if `signaling`.
template <std::unsigned_integral Bits>
Order compare(Bits left, Bits right, bool signaling, SseControl& control);
/// Whether a CMPPS predicate holds.
template <std::unsigned_integral Bits>
bool holds(unsigned predicate, Bits left, Bits right, SseControl& control);

template <std::unsigned_integral To, std::unsigned_integral From>
To convert(From value, SseControl& control);
template <std::unsigned_integral Bits>
Bits from_int32(std::uint32_t value, SseControl& control);
/// Out of range is invalid and gives the integer indefinite.
template <std::unsigned_integral Bits>
std::uint32_t to_int32(Bits value, bool truncate, SseControl& control);

/// ROUNDPS and its kind: to an integral value of the same format. Denormals are no exception.
template <std::unsigned_integral Bits>
Bits round_to_integral(Bits value, Rounding rounding, SseControl& control);

/// RCPPS and RSQRTPS: rounded to 12 bits, which is within the manual's relative error of 1.5 * 2^-12.
std::uint32_t reciprocal(std::uint32_t value);
std::uint32_t reciprocal_square_root(std::uint32_t value);

}  // namespace calque::soft
