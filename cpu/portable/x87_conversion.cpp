// Between x87 registers and the formats of memory operands.
#include "cpu/portable/x87_conversion.hpp"

namespace calque::soft {
namespace {

constexpr Decimal decimal_indefinite{0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0xff};
constexpr std::uint64_t decimal_limit = 1'000'000'000'000'000'000;  // 18 digits

template <typename T>
Stored<T> invalid(const T& indefinite, X87Control& control) {
    control.invalid();
    return {indefinite, control.masked(exception::invalid)};
}

/// A NaN, with what fits of its fraction.
template <typename Bits>
Bits shorten_nan(const Extended& value) {
    using B = Binary<Bits>;
    const auto fraction = static_cast<Bits>(value.significand << 1 >> (64 - B::fraction_bits));
    return B::signed_infinity(value.sign()) | fraction | B::quiet;
}

template <typename Bits>
Stored<Bits> store_overflow(bool sign, X87Control& control) {
    using B = Binary<Bits>;
    control.raised |= exception::overflow;
    control.up = false;
    if (!control.masked(exception::overflow)) return {0, false};
    control.raised |= exception::precision;
    control.up = overflows_to_infinity(sign, control.rounding);
    const Bits infinity = B::signed_infinity(sign);
    return {control.up ? infinity : infinity - 1, true};
}

template <typename Bits>
Stored<Bits> store_number(const Number& value, X87Control& control) {
    using B = Binary<Bits>;
    Rounded rounded = round(value, B::format.precision, control.rounding);
    if (rounded.value.exponent > B::format.max_exponent) return store_overflow<Bits>(value.sign, control);
    if (rounded.value.exponent < B::format.min_exponent) {
        if (!control.masked(exception::underflow)) {
            control.raised |= exception::underflow;
            return {0, false};
        }
        rounded = round_denormal(value, B::format, control.rounding);
        if (rounded.inexact) control.raised |= exception::underflow;
    }
    control.up = rounded.up;
    if (rounded.inexact) control.raised |= exception::precision;
    return {pack<Bits>(rounded.value), true};
}

}  // namespace

template <std::unsigned_integral Bits>
Operand from_binary(Bits bits) {
    using B = Binary<Bits>;
    const bool sign = B::sign(bits);
    if (B::is_infinity(bits)) return {Extended::infinity(sign), false};
    if (B::is_nan(bits)) {
        const std::uint64_t fraction = bits & B::fraction_mask;
        return {{1ULL << 63 | fraction << (63 - B::fraction_bits),
                 static_cast<std::uint16_t>(sign ? 0xffff : 0x7fff)},
                false};
    }
    return {Extended::pack(unpack(bits)), B::is_denormal(bits)};
}

Extended from_integer(std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    return Extended::pack(from_integer(value < 0, value < 0 ? 0 - bits : bits));
}

Extended from_decimal(const Decimal& digits) {
    std::uint64_t magnitude = 0;
    for (int i = 8; i >= 0; --i) {
        const unsigned pair = digits[static_cast<unsigned>(i)];
        magnitude = magnitude * 100 + (pair >> 4) * 10 + (pair & 15);
    }
    return Extended::pack(from_integer(bool(digits[9] >> 7), magnitude));
}

template <std::unsigned_integral Bits>
Stored<Bits> to_binary(const Extended& value, X87Control& control) {
    using B = Binary<Bits>;
    switch (value.kind()) {
        case Kind::unsupported: return invalid(B::indefinite, control);
        case Kind::signaling_nan: return invalid(shorten_nan<Bits>(value), control);
        case Kind::quiet_nan: return {shorten_nan<Bits>(value), true};
        case Kind::infinity: return {B::signed_infinity(value.sign()), true};
        case Kind::zero: return {B::signed_zero(value.sign()), true};
        default: return store_number<Bits>(value.unpack(), control);
    }
}

Stored<std::uint64_t> to_integer(const Extended& value, int bits, Rounding rounding, X87Control& control) {
    const std::uint64_t indefinite = 1ULL << (bits - 1);
    const Kind kind = value.kind();
    if (kind != Kind::zero && kind != Kind::normal && kind != Kind::denormal)
        return invalid(indefinite, control);
    const Integer integer = round_to_integer(value.unpack(), rounding);
    if (!integer.fits || integer.magnitude > (value.sign() ? indefinite : indefinite - 1))
        return invalid(indefinite, control);
    if (integer.inexact) control.raised |= exception::precision;
    control.up = integer.up;
    return {value.sign() ? 0 - integer.magnitude : integer.magnitude, true};
}

Stored<Decimal> to_decimal(const Extended& value, X87Control& control) {
    const Kind kind = value.kind();
    if (kind != Kind::zero && kind != Kind::normal && kind != Kind::denormal)
        return invalid(decimal_indefinite, control);
    const Integer integer = round_to_integer(value.unpack(), control.rounding);
    if (!integer.fits || integer.magnitude >= decimal_limit) return invalid(decimal_indefinite, control);
    if (integer.inexact) control.raised |= exception::precision;
    control.up = integer.up;
    Decimal digits{};
    std::uint64_t rest = integer.magnitude;
    for (unsigned i = 0; i < 9; ++i, rest /= 100)
        digits[i] = static_cast<std::uint8_t>(rest % 100 / 10 << 4 | rest % 10);
    digits[9] = value.sign() ? 0x80 : 0;
    return {digits, true};
}

template Operand from_binary(std::uint32_t);
template Operand from_binary(std::uint64_t);
template Stored<std::uint32_t> to_binary(const Extended&, X87Control&);
template Stored<std::uint64_t> to_binary(const Extended&, X87Control&);

}  // namespace calque::soft
