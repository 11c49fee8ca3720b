// The transcendental functions of x87: special cases by the manual's tables, the rest by series.
#include "cpu/portable/x87_transcendental.hpp"

#include "cpu/portable/series.hpp"

#include <array>

namespace calque::soft {
namespace {

/// A result that no number of bits holds exactly.
Extended round_inexact(Number value, X87Control& control) {
    value.significand |= 1;
    return round_and_pack(value, control, 64);
}

void note_denormals(const Extended& left, const Extended& right, X87Control& control) {
    control.note_denormal(left);
    control.note_denormal(right);
}

/// `value` = quadrants * pi/2 + rest, with the rest's magnitude up to pi/4.
struct Reduced {
    unsigned quadrants = 0;
    Number rest;
};

/// The manual's pi has 66 bits: pi/2 is this times 2^-65 (SDM vol. 1, "Approximation of Pi").
constexpr Uint128 half_pi_66 = Uint128{3} << 64 | 0x243f'6a88'85a3'08d3;

Reduced reduce(const Number& value) {
    // Up to 1/2 nothing is to be done; above, the operand is a multiple of 2^-65 too.
    if (value.exponent < -1) return {0, value};
    Uint128 rest = value.significand >> 64;
    unsigned quadrants = 0;
    for (int i = 0; i < value.exponent + 2; ++i) {
        rest <<= 1;
        quadrants <<= 1;
        if (rest >= half_pi_66) {
            rest -= half_pi_66;
            quadrants |= 1;
        }
    }
    const bool beyond = 2 * rest > half_pi_66;
    if (beyond) {
        rest = half_pi_66 - rest;
        ++quadrants;
    }
    return {value.sign ? 0 - quadrants : quadrants, normalize(value.sign != beyond, 127 - 65, rest)};
}

/// sin(rest + quadrants * pi/2)
Number sine_of(const Reduced& angle, unsigned shift) {
    const unsigned quadrants = angle.quadrants + shift;
    const Number result = quadrants & 1 ? cosine(angle.rest) : sine(angle.rest);
    return quadrants & 2 ? result.negated() : result;
}

/// True: `result` is the result of a trigonometric function, whose value for zeros is `at_zero`.
bool settle_angle(const Extended& value, const Extended& at_zero, X87Control& control, Extended& result) {
    if (settle_nan(value, control, result)) return true;
    if (value.is(Kind::infinity)) {
        result = control.invalid();
        return true;
    }
    if (value.is(Kind::zero)) {
        result = at_zero;
        return true;
    }
    control.note_denormal(value);
    return false;
}

}  // namespace

bool in_trigonometric_range(const Extended& value) {
    return value.biased_exponent() < 16383 + 63 || value.biased_exponent() == 0x7fff ||
           value.is(Kind::unsupported);
}

Extended sine(const Extended& value, X87Control& control) {
    Extended result;
    if (settle_angle(value, value, control, result)) return result;
    return round_inexact(sine_of(reduce(value.unpack()), 0), control);
}

Extended cosine(const Extended& value, X87Control& control) {
    Extended result;
    if (settle_angle(value, Extended::one(false), control, result)) return result;
    return round_inexact(sine_of(reduce(value.unpack()), 1), control);
}

Extended tangent(const Extended& value, X87Control& control) {
    Extended result;
    if (settle_angle(value, value, control, result)) return result;
    const Reduced angle = reduce(value.unpack());
    return round_inexact(divide(sine_of(angle, 0), sine_of(angle, 1)), control);
}

Extended f2xm1(const Extended& value, X87Control& control) {
    Extended result;
    if (settle_nan(value, control, result)) return result;
    if (value.is(Kind::zero)) return value;
    if (value.is(Kind::infinity)) return value.sign() ? Extended::one(true) : value;
    control.note_denormal(value);
    const Number number = value.unpack();
    if (number.exponent < 0) return round_inexact(exponential2_minus_1(number), control);
    // 1 and -1 are exact; beyond, the result is undefined: the operand, as some processors have it.
    if (value.significand == 1ULL << 63 && number.exponent == 0)
        return number.sign ? Extended::pack({top_bit, -1, true}) : value;
    return value;
}

namespace {

/// log2 at the ends of its range and at 1, times a factor. `sign` is the logarithm's.
Extended factor_times_zero(const Extended& factor, bool sign, X87Control& control) {
    if (factor.is(Kind::infinity)) return control.invalid();
    control.note_denormal(factor);
    return Extended::zero(factor.sign() != sign);
}
Extended factor_times_infinity(const Extended& factor, bool sign, X87Control& control) {
    if (factor.is(Kind::zero)) return control.invalid();
    control.note_denormal(factor);
    return Extended::infinity(factor.sign() != sign);
}

/// A factor that is not finite and other than zero, times a logarithm with this sign.
bool settle_factor(const Extended& factor, const Extended& value, bool sign, X87Control& control,
                   Extended& result) {
    note_denormals(factor, value, control);
    if (factor.is(Kind::infinity))
        result = Extended::infinity(factor.sign() != sign);
    else if (factor.is(Kind::zero))
        result = Extended::zero(factor.sign() != sign);
    else
        return false;
    return true;
}

}  // namespace

Extended fyl2x(const Extended& factor, const Extended& value, X87Control& control) {
    Extended result;
    if (settle_nans(factor, value, control, result)) return result;
    if (value.is(Kind::zero)) {
        if (factor.is(Kind::infinity)) return Extended::infinity(!factor.sign());
        if (factor.is(Kind::zero)) return control.invalid();
        control.raised |= exception::zero_divide;
        return Extended::infinity(!factor.sign());
    }
    if (value.sign()) return control.invalid();
    if (value.is(Kind::infinity)) return factor_times_infinity(factor, false, control);
    const Number number = value.unpack();
    const bool power_of_2 = number.significand == top_bit;
    if (power_of_2 && number.exponent == 0) return factor_times_zero(factor, false, control);
    if (settle_factor(factor, value, number.exponent < 0, control, result)) return result;
    const Number product = multiply(factor.unpack(), logarithm2(number));
    return power_of_2 ? round_and_pack(product, control, 64) : round_inexact(product, control);
}

Extended fyl2xp1(const Extended& factor, const Extended& value, X87Control& control) {
    Extended result;
    if (settle_nans(factor, value, control, result)) return result;
    if (value.is(Kind::zero)) return factor_times_zero(factor, value.sign(), control);
    const bool below_range = value.sign() && value.biased_exponent() >= 16383;
    if (below_range) return control.invalid();
    if (value.is(Kind::infinity)) return factor_times_infinity(factor, false, control);
    if (settle_factor(factor, value, value.sign(), control, result)) return result;
    const Number number = value.unpack();
    const Number logarithm =
        number.exponent < -1 ? logarithm2_of_1_plus(number) : logarithm2(add(number, from_integer(false, 1)));
    return round_inexact(multiply(factor.unpack(), logarithm), control);
}

namespace {

/// A rounded multiple of pi with a sign.
Extended angle_of(const Number& magnitude, bool sign, X87Control& control) {
    return round_inexact(sign ? magnitude.negated() : magnitude, control);
}

/// FPATAN where an operand is zero or infinite.
bool settle_axes(const Extended& y, const Extended& x, X87Control& control, Extended& result) {
    const bool sign = y.sign();
    const bool y_infinite = y.is(Kind::infinity), x_infinite = x.is(Kind::infinity);
    if (y_infinite && x_infinite) {
        const Number quarter = half_pi.scaled(-1);
        result = angle_of(x.sign() ? add(half_pi, quarter) : quarter, sign, control);
    } else if (y.is(Kind::zero) || x_infinite) {
        note_denormals(y, x, control);
        result = x.sign() ? angle_of(pi, sign, control) : Extended::zero(sign);
    } else if (x.is(Kind::zero) || y_infinite) {
        note_denormals(y, x, control);
        result = angle_of(half_pi, sign, control);
    } else {
        return false;
    }
    return true;
}

}  // namespace

Extended fpatan(const Extended& y, const Extended& x, X87Control& control) {
    Extended result;
    if (settle_nans(y, x, control, result) || settle_axes(y, x, control, result)) return result;
    note_denormals(y, x, control);
    Number rise = y.unpack(), run = x.unpack();
    rise.sign = run.sign = false;
    const bool steep = compare_magnitude(rise, run) > 0;
    const Number ratio = steep ? divide(run, rise) : divide(rise, run);
    Number angle = arc_tangent(ratio);
    if (steep) angle = subtract(half_pi, angle);
    if (x.sign()) angle = subtract(pi, angle);
    return angle_of(angle, y.sign(), control);
}

Extended load_constant(unsigned number, Rounding rounding) {
    struct Constant {
        std::uint64_t high, low;
        int exponent;
    };
    static constexpr std::array<Constant, 7> constants{{
        {0x8000'0000'0000'0000, 0, 0},                       // 1
        {0xd49a'784b'cd1b'8afe, 0x492b'f6ff'4daf'db4c, 1},   // log2(10)
        {0xb8aa'3b29'5c17'f0bb, 0xbe87'fed0'691d'3e88, 0},   // log2(e)
        {0xc90f'daa2'2168'c234, 0xc4c6'628b'80dc'1cd1, 1},   // pi
        {0x9a20'9a84'fbcf'f798, 0x8f89'59ac'0b7c'9178, -2},  // log10(2)
        {0xb172'17f7'd1cf'79ab, 0xc9e3'b398'03f2'f6af, -1},  // ln(2)
        {0, 0, 0},
    }};
    const Constant& constant = constants[number];
    if (constant.high == 0) return Extended::zero(false);
    const Number exact{Uint128{constant.high} << 64 | constant.low, constant.exponent, false};
    return Extended::pack(round(exact, 64, rounding).value);
}

}  // namespace calque::soft
