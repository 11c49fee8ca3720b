// Double extended precision.
#include "cpu/portable/extended.hpp"

namespace calque::soft {
namespace {

constexpr int bias = 16383, wrap = 24576;

/// The masked response to overflow; `precision` bits of the largest finite number are ones.
Extended overflow(bool sign, X87Control& control, int precision) {
    control.raised |= exception::overflow | exception::precision;
    control.up = overflows_to_infinity(sign, control.rounding);
    if (control.up) return Extended::infinity(sign);
    const Uint128 ones = ~Uint128{0} << (128 - precision);
    return Extended::pack({ones, extended_format.max_exponent, sign});
}

bool out_of_range(const Number& value) {
    return value.exponent > extended_format.max_exponent || value.exponent < extended_format.min_exponent;
}

/// Beyond what a biased exponent reaches, as only FSCALE gets: infinity or zero (SDM vol. 1, "Numeric
/// Overflow Exception").
Extended massive(const Number& value, X87Control& control) {
    control.raised |= exception::precision;
    control.up = value.exponent > 0;
    return control.up ? Extended::infinity(value.sign) : Extended::zero(value.sign);
}

}  // namespace

Kind Extended::kind() const {
    const bool integer = significand >> 63;
    const std::uint64_t fraction = significand << 1;
    if (biased_exponent() == 0) return significand == 0 ? Kind::zero : Kind::denormal;
    if (!integer) return Kind::unsupported;
    if (biased_exponent() != 0x7fff) return Kind::normal;
    if (fraction == 0) return Kind::infinity;
    return significand >> 62 & 1 ? Kind::quiet_nan : Kind::signaling_nan;
}

Number Extended::unpack() const {
    const int biased = biased_exponent() ? static_cast<int>(biased_exponent()) : 1;
    return normalize(sign(), biased - bias, Uint128{significand} << 64);
}

Extended Extended::pack(const Number& value) {
    const bool normal = value.significand & top_bit;
    const int biased = normal ? value.exponent + bias : 0;
    return {static_cast<std::uint64_t>(value.significand >> 64),
            static_cast<std::uint16_t>((value.sign ? 0x8000 : 0) | biased)};
}

X87Control::X87Control(std::uint16_t control_word)
    : rounding(static_cast<Rounding>(control_word >> 10 & 3)), masks(control_word & 0x3fU) {
    const unsigned field = control_word >> 8 & 3U;
    precision = field == 0 ? 24 : field == 2 ? 53 : 64;
}

Extended round_and_pack(const Number& value, X87Control& control, int precision) {
    if (value.is_zero()) return Extended::zero(value.sign);
    Rounded rounded = round(value, precision, control.rounding);
    control.up = rounded.up;
    int adjust = 0;
    if (rounded.value.exponent > extended_format.max_exponent) {
        if (control.masked(exception::overflow)) return overflow(value.sign, control, precision);
        control.raised |= exception::overflow;
        adjust = -wrap;
    } else if (rounded.value.exponent < extended_format.min_exponent) {
        if (control.masked(exception::underflow)) {
            const Format format{precision, extended_format.min_exponent, extended_format.max_exponent};
            rounded = round_denormal(value, format, control.rounding);
            control.up = rounded.up;
            if (rounded.inexact) control.raised |= exception::underflow;
        } else {
            control.raised |= exception::underflow;
            adjust = wrap;
        }
    }
    if (rounded.inexact) control.raised |= exception::precision;
    const Number biased = rounded.value.scaled(adjust);
    return adjust && out_of_range(biased) ? massive(biased, control) : Extended::pack(biased);
}

bool settle_nan(const Extended& operand, X87Control& control, Extended& result) {
    if (operand.is(Kind::unsupported)) {
        result = control.invalid();
        return true;
    }
    if (!operand.is_nan()) return false;
    if (operand.is(Kind::signaling_nan)) control.raised |= exception::invalid;
    result = operand.quieted();
    return true;
}

bool settle_nans(const Extended& left, const Extended& right, X87Control& control, Extended& result) {
    if (left.is(Kind::unsupported) || right.is(Kind::unsupported)) {
        result = control.invalid();
        return true;
    }
    const bool signaling = left.is(Kind::signaling_nan) || right.is(Kind::signaling_nan);
    if (!left.is_nan() || !right.is_nan()) return settle_nan(left.is_nan() ? left : right, control, result);
    if (signaling) control.raised |= exception::invalid;
    // A quiet NaN goes before a signaling one, then the larger significand, then the positive one.
    if (left.kind() != right.kind())
        result = left.is(Kind::quiet_nan) ? left : right;
    else if (left.significand != right.significand)
        result = left.significand > right.significand ? left : right;
    else
        result = left.sign() ? right : left;
    result = result.quieted();
    return true;
}

}  // namespace calque::soft
