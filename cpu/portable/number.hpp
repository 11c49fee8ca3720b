// Binary numbers of 128 significant bits: what the portable x87 and SSE compute with before they round.
#pragma once

#include <cstdint>

namespace calque::soft {

__extension__ typedef unsigned __int128 Uint128;

inline constexpr Uint128 top_bit = Uint128{1} << 127;

/// (-1)^sign * significand / 2^127 * 2^exponent. Bit 127 of the significand is set, or all of it is zero.
///
/// Bit 0 is sticky: an operation whose exact result needs more bits sets it. Operands of up to 64 significant
/// bits give results that round right to up to 64 bits, whatever the direction.
struct Number {
    Uint128 significand = 0;
    int exponent = 0;
    bool sign = false;

    bool is_zero() const { return significand == 0; }
    Number negated() const { return {significand, exponent, !sign}; }
    Number scaled(int by) const { return {significand, exponent + by, sign}; }
};

/// `significand` * 2^(exponent - 127), normalized.
Number normalize(bool sign, int exponent, Uint128 significand);
Number from_integer(bool sign, std::uint64_t magnitude);

/// `value` / 2^count with a sticky bit 0.
constexpr Uint128 shift_right_sticky(Uint128 value, int count) {
    if (count <= 0) return value;
    if (count > 127) return value != 0;
    const Uint128 lost = value & ((Uint128{1} << count) - 1);
    return value >> count | Uint128{lost != 0};
}

/// The sum's sign is the caller's business if it is zero.
Number add(const Number& left, const Number& right);
Number subtract(const Number& left, const Number& right);
Number multiply(const Number& left, const Number& right);
/// The divisor is not zero.
Number divide(const Number& left, const Number& right);
/// Of a positive number, 125 bits.
Number square_root(const Number& value);

/// -1, 0, 1: by magnitude, or as signed numbers.
int compare_magnitude(const Number& left, const Number& right);
int compare(const Number& left, const Number& right);

/// In the order of RC's values (SDM vol. 1, "Rounding Control (RC) Field").
enum class Rounding : std::uint8_t { nearest, down, up, zero };

/// Exponents and significant bits of a format.
struct Format {
    int precision, min_exponent, max_exponent;
};
inline constexpr Format single_format{24, -126, 127}, double_format{53, -1022, 1023},
    extended_format{64, -16382, 16383};

/// The exception flags, which have the same places in the x87 status word and in MXCSR.
namespace exception {
inline constexpr unsigned invalid = 1, denormal = 2, zero_divide = 4, overflow = 8, underflow = 16,
                          precision = 32;
}  // namespace exception

struct Rounded {
    Number value;  ///< below the least exponent of a format not normalized
    bool inexact = false;
    bool up = false;  ///< away from zero: x87's C1
};

/// Rounds to `precision` bits as if the exponent had no bounds.
Rounded round(const Number& value, int precision, Rounding rounding);
/// Rounds a number below the least exponent to a denormal: the exponent becomes `format.min_exponent`.
Rounded round_denormal(const Number& value, const Format& format, Rounding rounding);
/// Whether overflow gives an infinity, not the largest finite number.
bool overflows_to_infinity(bool sign, Rounding rounding);

/// Rounds to an integer of up to 64 bits. `fits` is false if the magnitude needs more.
struct Integer {
    std::uint64_t magnitude = 0;
    bool fits = true, inexact = false, up = false;
};
Integer round_to_integer(const Number& value, Rounding rounding);

}  // namespace calque::soft
