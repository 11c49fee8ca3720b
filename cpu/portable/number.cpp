// Arithmetic and rounding of 128-bit binary numbers.
#include "cpu/portable/number.hpp"

#include <bit>
#include <utility>

namespace calque::soft {
namespace {

std::uint64_t high(Uint128 value) { return static_cast<std::uint64_t>(value >> 64); }
std::uint64_t low(Uint128 value) { return static_cast<std::uint64_t>(value); }

int leading_zeros(Uint128 value) {
    return high(value) ? std::countl_zero(high(value)) : 64 + std::countl_zero(low(value));
}

bool away_from_zero(bool sign, Rounding rounding, bool odd, Uint128 rest, Uint128 half) {
    switch (rounding) {
        case Rounding::nearest: return rest > half || (rest == half && odd);
        case Rounding::down: return sign && rest;
        case Rounding::up: return !sign && rest;
        default: return false;
    }
}

/// Of equal signs: magnitudes added.
Number add_magnitudes(const Number& large, const Number& small) {
    const Uint128 shifted = shift_right_sticky(small.significand, large.exponent - small.exponent);
    const Uint128 sum = large.significand + shifted;
    if (sum >= large.significand) return {sum, large.exponent, large.sign};
    return {sum >> 1 | (sum & 1) | top_bit, large.exponent + 1, large.sign};
}

Number subtract_magnitudes(const Number& large, const Number& small) {
    const Uint128 shifted = shift_right_sticky(small.significand, large.exponent - small.exponent);
    return normalize(large.sign, large.exponent, large.significand - shifted);
}

}  // namespace

Number normalize(bool sign, int exponent, Uint128 significand) {
    if (significand == 0) return {0, 0, sign};
    const int shift = leading_zeros(significand);
    return {significand << shift, exponent - shift, sign};
}

Number from_integer(bool sign, std::uint64_t magnitude) { return normalize(sign, 127, magnitude); }

int compare_magnitude(const Number& left, const Number& right) {
    if (left.is_zero() || right.is_zero()) return int{!left.is_zero()} - int{!right.is_zero()};
    if (left.exponent != right.exponent) return left.exponent < right.exponent ? -1 : 1;
    if (left.significand == right.significand) return 0;
    return left.significand < right.significand ? -1 : 1;
}

int compare(const Number& left, const Number& right) {
    if (left.is_zero() && right.is_zero()) return 0;
    if (left.is_zero()) return right.sign ? 1 : -1;
    if (right.is_zero() || left.sign != right.sign) return left.sign ? -1 : 1;
    return left.sign ? -compare_magnitude(left, right) : compare_magnitude(left, right);
}

Number add(const Number& left, const Number& right) {
    if (right.is_zero()) return left;
    if (left.is_zero()) return right;
    const bool swapped = compare_magnitude(left, right) < 0;
    const Number& large = swapped ? right : left;
    const Number& small = swapped ? left : right;
    return left.sign == right.sign ? add_magnitudes(large, small) : subtract_magnitudes(large, small);
}

Number subtract(const Number& left, const Number& right) { return add(left, right.negated()); }

Number multiply(const Number& left, const Number& right) {
    const bool sign = left.sign != right.sign;
    if (left.is_zero() || right.is_zero()) return {0, 0, sign};
    const Uint128 a1 = high(left.significand), a0 = low(left.significand);
    const Uint128 b1 = high(right.significand), b0 = low(right.significand);
    const Uint128 bottom = a0 * b0;
    const Uint128 middle = a1 * b0 + high(bottom), middle2 = a0 * b1 + low(middle);
    const Uint128 upper = a1 * b1 + high(middle) + high(middle2);
    const Uint128 rest = middle2 << 64 | low(bottom);
    // The product of two significands in [1, 2) is in [1, 4): its point stands behind bit 126 of `upper`.
    if (upper & top_bit) return {upper | Uint128{rest != 0}, left.exponent + right.exponent + 1, sign};
    const Uint128 below = rest << 1;
    return {upper << 1 | rest >> 127 | Uint128{below != 0}, left.exponent + right.exponent, sign};
}

Number divide(const Number& left, const Number& right) {
    const bool sign = left.sign != right.sign;
    if (left.is_zero()) return {0, 0, sign};
    const Uint128 divisor = right.significand;
    int exponent = left.exponent - right.exponent;
    Uint128 rest = left.significand, quotient = 0;
    bool carry = false;
    if (rest < divisor) {
        carry = rest & top_bit;
        rest <<= 1;
        --exponent;
    }
    for (int bit = 127; bit >= 0; --bit) {
        if (carry || rest >= divisor) {
            rest -= divisor;
            quotient |= Uint128{1} << bit;
        }
        carry = rest & top_bit;
        rest <<= 1;
    }
    return {quotient | Uint128{rest != 0 || carry}, exponent, sign};
}

Number square_root(const Number& value) {
    if (value.is_zero()) return value;
    const bool odd = value.exponent & 1;
    Uint128 pairs = odd ? value.significand : value.significand >> 1, rest = 0, root = 0;
    bool lost = !odd && (value.significand & 1);
    constexpr int bits = 125;
    for (int i = 0; i < bits; ++i) {
        rest = rest << 2 | pairs >> 126;
        pairs <<= 2;
        const Uint128 trial = root << 2 | 1;
        root <<= 1;
        if (rest >= trial) {
            rest -= trial;
            root |= 1;
        }
    }
    lost |= rest != 0 || pairs != 0;
    return {root << (128 - bits) | Uint128{lost}, (value.exponent - int{odd}) / 2, false};
}

Rounded round(const Number& value, int precision, Rounding rounding) {
    const Uint128 unit = Uint128{1} << (128 - precision), rest = value.significand & (unit - 1);
    Rounded result{value, rest != 0, false};
    result.value.significand -= rest;
    result.up = away_from_zero(value.sign, rounding, value.significand & unit, rest, unit >> 1);
    if (!result.up) return result;
    result.value.significand += unit;
    if (result.value.significand == 0) {
        result.value.significand = top_bit;
        ++result.value.exponent;
    }
    return result;
}

Rounded round_denormal(const Number& value, const Format& format, Rounding rounding) {
    Number shifted = value;
    shifted.significand = shift_right_sticky(value.significand, format.min_exponent - value.exponent);
    shifted.exponent = format.min_exponent;
    return round(shifted, format.precision, rounding);
}

bool overflows_to_infinity(bool sign, Rounding rounding) {
    return rounding == Rounding::nearest || rounding == (sign ? Rounding::down : Rounding::up);
}

Integer round_to_integer(const Number& value, Rounding rounding) {
    if (value.is_zero()) return {};
    if (value.exponent > 63) return {0, false, false, false};
    // The point stands behind bit 64.
    const Uint128 fixed = shift_right_sticky(value.significand, 63 - value.exponent);
    const Uint128 rest = low(fixed);
    const bool up = away_from_zero(value.sign, rounding, high(fixed) & 1, rest, Uint128{1} << 63);
    const std::uint64_t magnitude = high(fixed) + up;
    return {magnitude, !up || magnitude != 0, rest != 0, up};
}

}  // namespace calque::soft
