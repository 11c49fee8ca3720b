// The basic arithmetic of x87 on values.
#include "cpu/portable/x87_arithmetic.hpp"

#include <algorithm>

namespace calque::soft {
namespace {

void note_denormals(const Extended& left, const Extended& right, X87Control& control) {
    control.note_denormal(left);
    control.note_denormal(right);
}

Extended add_values(const Extended& left, const Extended& right, X87Control& control) {
    const bool both = left.is(Kind::infinity) && right.is(Kind::infinity);
    if (both && left.sign() != right.sign()) return control.invalid();
    note_denormals(left, right, control);
    if (left.is(Kind::infinity)) return left;
    if (right.is(Kind::infinity)) return right;
    const Number sum = add(left.unpack(), right.unpack());
    if (!sum.is_zero()) return round_and_pack(sum, control);
    const bool sign = left.sign() == right.sign() ? left.sign() : control.rounding == Rounding::down;
    return Extended::zero(sign);
}

Extended multiply_values(const Extended& left, const Extended& right, X87Control& control) {
    const bool infinite = left.is(Kind::infinity) || right.is(Kind::infinity);
    if (infinite && (left.is(Kind::zero) || right.is(Kind::zero))) return control.invalid();
    note_denormals(left, right, control);
    if (infinite) return Extended::infinity(left.sign() != right.sign());
    return round_and_pack(multiply(left.unpack(), right.unpack()), control);
}

Extended divide_values(const Extended& left, const Extended& right, X87Control& control) {
    const bool sign = left.sign() != right.sign();
    if (left.kind() == right.kind() && (left.is(Kind::zero) || left.is(Kind::infinity)))
        return control.invalid();
    if (right.is(Kind::zero) && !left.is(Kind::infinity)) {
        control.raised |= exception::zero_divide;
        return Extended::infinity(sign);
    }
    note_denormals(left, right, control);
    if (left.is(Kind::infinity)) return Extended::infinity(sign);
    if (right.is(Kind::infinity)) return Extended::zero(sign);
    return round_and_pack(divide(left.unpack(), right.unpack()), control);
}

/// A number rounded to an integer, as a number.
Number integral(const Number& value, Rounding rounding, X87Control& control) {
    const Integer integer = round_to_integer(value, rounding);
    if (integer.inexact) control.raised |= exception::precision;
    control.up = integer.up;
    return from_integer(value.sign, integer.magnitude);
}

}  // namespace

Extended compute(Basic operation, const Extended& left, const Extended& right, X87Control& control) {
    Extended result;
    if (settle_nans(left, right, control, result)) return result;
    switch (operation) {
        case Basic::add: return add_values(left, right, control);
        case Basic::multiply: return multiply_values(left, right, control);
        case Basic::subtract: return add_values(left, right.negated(), control);
        case Basic::subtract_reversed: return add_values(right, left.negated(), control);
        case Basic::divide: return divide_values(left, right, control);
        default: return divide_values(right, left, control);
    }
}

Extended square_root(const Extended& value, X87Control& control) {
    Extended result;
    if (settle_nan(value, control, result)) return result;
    if (value.is(Kind::zero)) return value;
    if (value.sign()) return control.invalid();
    control.note_denormal(value);
    if (value.is(Kind::infinity)) return value;
    return round_and_pack(square_root(value.unpack()), control);
}

Extended round_to_integral(const Extended& value, X87Control& control) {
    Extended result;
    if (settle_nan(value, control, result)) return result;
    if (value.is(Kind::zero) || value.is(Kind::infinity)) return value;
    control.note_denormal(value);
    if (value.biased_exponent() >= 16383 + 63) return value;
    return Extended::pack(integral(value.unpack(), control.rounding, control));
}

Extended scale(const Extended& value, const Extended& by, X87Control& control) {
    Extended result;
    if (settle_nans(value, by, control, result)) return result;
    if (by.is(Kind::infinity)) {
        if (value.is(by.sign() ? Kind::infinity : Kind::zero)) return control.invalid();
        note_denormals(value, by, control);
        return by.sign() ? Extended::zero(value.sign()) : Extended::infinity(value.sign());
    }
    note_denormals(value, by, control);
    if (value.is(Kind::zero) || value.is(Kind::infinity)) return value;
    constexpr std::uint64_t far = 0x10000;
    const Integer steps = round_to_integer(by.unpack(), Rounding::zero);
    const int distance = static_cast<int>(steps.fits ? std::min(steps.magnitude, far) : far);
    return round_and_pack(value.unpack().scaled(by.sign() ? -distance : distance), control, 64);
}

Parts extract(const Extended& value, X87Control& control) {
    Extended result;
    if (settle_nan(value, control, result)) return {result, result};
    if (value.is(Kind::infinity)) return {Extended::infinity(false), value};
    if (value.is(Kind::zero)) {
        control.raised |= exception::zero_divide;
        return {Extended::infinity(true), value};
    }
    control.note_denormal(value);
    const Number number = value.unpack();
    const int exponent = number.exponent;
    const auto magnitude = static_cast<std::uint64_t>(exponent < 0 ? -exponent : exponent);
    return {Extended::pack(from_integer(exponent < 0, magnitude)),
            Extended::pack({number.significand, 0, number.sign})};
}

X87Order compare(const Extended& left, const Extended& right, bool quiet, X87Control& control) {
    const bool unsupported = left.is(Kind::unsupported) || right.is(Kind::unsupported);
    if (unsupported || left.is_nan() || right.is_nan()) {
        const bool signaling = left.is(Kind::signaling_nan) || right.is(Kind::signaling_nan);
        if (unsupported || signaling || !quiet) control.raised |= exception::invalid;
        return X87Order::unordered;
    }
    note_denormals(left, right, control);
    // An infinity unpacks to more than any finite number.
    const int order = compare(left.unpack(), right.unpack());
    return order < 0 ? X87Order::less : order > 0 ? X87Order::greater : X87Order::equal;
}

namespace {

/// Subtracts `divisor` * 2^n for n from `distance` down to `last`; the quotient's low bits are collected.
std::uint64_t reduce(Uint128& rest, Uint128 divisor, int distance, int last) {
    std::uint64_t quotient = 0;
    for (int n = distance; n >= last; --n) {
        quotient <<= 1;
        if (rest >= divisor) {
            rest -= divisor;
            quotient |= 1;
        }
        if (n > last) rest <<= 1;
    }
    return quotient;
}

/// FPREM's reduction of exponents in one step (SDM vol. 2A, "FPREM").
constexpr int complete_below = 64, partial_step = 32;

}  // namespace

Remainder remainder(const Extended& dividend, const Extended& divisor, bool nearest, X87Control& control) {
    Remainder result;
    if (settle_nans(dividend, divisor, control, result.value)) return result;
    if (dividend.is(Kind::infinity) || divisor.is(Kind::zero)) {
        result.value = control.invalid();
        return result;
    }
    note_denormals(dividend, divisor, control);
    result.computed = true;
    result.value = dividend;
    if (dividend.is(Kind::zero)) return result;
    const Number left = dividend.unpack();
    if (divisor.is(Kind::infinity)) {
        result.value = round_and_pack(left, control, 64);
        return result;
    }
    const Number right = divisor.unpack();
    const int distance = left.exponent - right.exponent;
    if (distance < -1 || (distance < 0 && !nearest)) {
        result.value = round_and_pack(left, control, 64);
        return result;
    }
    // Significands of 64 bits at the bottom, so that there is room to double.
    Uint128 rest = left.significand >> 64;
    const Uint128 by = right.significand >> 64;
    int exponent = right.exponent;
    bool sign = left.sign;
    std::uint64_t quotient = 0;
    if (distance >= complete_below) {
        const int step = partial_step + distance % 32;
        result.partial = true;
        reduce(rest, by, distance, distance - step);
        exponent += distance - step;
    } else if (distance < 0) {
        // Nearest only: the dividend is below the divisor, perhaps above its half.
        if (rest > by) {
            rest = 2 * by - rest;  // in units of half the divisor's
            sign = !sign;
            quotient = 1;
        }
        exponent -= 1;
    } else {
        quotient = reduce(rest, by, distance, 0);
        if (nearest && (2 * rest > by || (2 * rest == by && (quotient & 1)))) {
            rest = by - rest;
            sign = !sign;
            ++quotient;
        }
    }
    result.quotient = static_cast<unsigned>(quotient & 7);
    if (rest == 0)
        result.value = Extended::zero(dividend.sign());
    else
        result.value = round_and_pack(normalize(sign, exponent + 64, rest), control, 64);
    return result;
}

}  // namespace calque::soft
