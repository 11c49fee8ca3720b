// IEEE 754 single and double: unpacking, rounding and packing as SSE does it with all exceptions masked.
#pragma once

#include "cpu/portable/number.hpp"

#include <concepts>
#include <limits>
#include <type_traits>

namespace calque::soft {

/// The parts of a format held in `Bits`: std::uint32_t is single, std::uint64_t double.
template <std::unsigned_integral Bits>
struct Binary {
    static constexpr Format format = sizeof(Bits) == 4 ? single_format : double_format;
    static constexpr int fraction_bits = format.precision - 1;
    static constexpr int bias = format.max_exponent;
    static constexpr Bits sign_mask = Bits{1} << (std::numeric_limits<Bits>::digits - 1);
    static constexpr Bits fraction_mask = (Bits{1} << fraction_bits) - 1;
    static constexpr Bits infinity = static_cast<Bits>(~sign_mask & ~fraction_mask);
    static constexpr Bits quiet = Bits{1} << (fraction_bits - 1);
    /// SDM vol. 1, "QNaN Floating-Point Indefinite".
    static constexpr Bits indefinite = sign_mask | infinity | quiet;

    static constexpr bool sign(Bits value) { return value & sign_mask; }
    static constexpr bool is_zero(Bits value) { return !(value & ~sign_mask); }
    static constexpr bool is_infinity(Bits value) { return (value & ~sign_mask) == infinity; }
    static constexpr bool is_nan(Bits value) { return (value & ~sign_mask) > infinity; }
    static constexpr bool is_signaling(Bits value) { return is_nan(value) && !(value & quiet); }
    static constexpr bool is_denormal(Bits value) { return !is_zero(value) && !(value & infinity); }
    static constexpr Bits signed_zero(bool negative) { return negative ? sign_mask : Bits{0}; }
    static constexpr Bits signed_infinity(bool negative) { return signed_zero(negative) | infinity; }
};

/// A finite value.
template <std::unsigned_integral Bits>
Number unpack(Bits value) {
    using B = Binary<Bits>;
    const int biased = static_cast<int>((value & B::infinity) >> B::fraction_bits);
    const Uint128 fraction = value & B::fraction_mask;
    const Uint128 integer = biased ? Uint128{1} << B::fraction_bits : 0;
    const int exponent = (biased ? biased : 1) - B::bias;
    return normalize(B::sign(value), exponent, (integer | fraction) << (127 - B::fraction_bits));
}

/// Packs a number rounded to the format; a denormal one has the least exponent and bit 127 clear.
template <std::unsigned_integral Bits>
Bits pack(const Number& value) {
    using B = Binary<Bits>;
    const bool normal = value.significand & top_bit;
    const auto biased = static_cast<Bits>(normal ? value.exponent + B::bias : 0);
    const auto fraction = static_cast<Bits>(static_cast<Bits>(value.significand >> (127 - B::fraction_bits)) &
                                            B::fraction_mask);
    return B::signed_zero(value.sign) | static_cast<Bits>(biased << B::fraction_bits) | fraction;
}

/// How SSE rounds, and the exception flags it has raised.
struct SseControl {
    explicit SseControl(std::uint32_t mxcsr)
        : rounding(static_cast<Rounding>(mxcsr >> 13 & 3)),
          flush_to_zero(mxcsr >> 15 & 1),
          denormals_are_zeros(mxcsr >> 6 & 1) {}

    Rounding rounding;
    bool flush_to_zero, denormals_are_zeros;
    std::uint32_t raised = 0;
};

/// Rounds and packs; overflow and underflow give their masked responses.
template <std::unsigned_integral Bits>
Bits round_and_pack(const Number& value, SseControl& control) {
    using B = Binary<Bits>;
    if (value.is_zero()) return B::signed_zero(value.sign);
    Rounded rounded = round(value, B::format.precision, control.rounding);
    if (rounded.value.exponent > B::format.max_exponent) {
        control.raised |= exception::overflow | exception::precision;
        const Bits infinity = B::signed_infinity(value.sign);
        return overflows_to_infinity(value.sign, control.rounding) ? infinity : infinity - 1;
    }
    if (rounded.value.exponent < B::format.min_exponent) {
        if (control.flush_to_zero) {
            control.raised |= exception::underflow | exception::precision;
            return B::signed_zero(value.sign);
        }
        rounded = round_denormal(value, B::format, control.rounding);
        if (rounded.inexact) control.raised |= exception::underflow;
    }
    if (rounded.inexact) control.raised |= exception::precision;
    return pack<Bits>(rounded.value);
}

}  // namespace calque::soft
