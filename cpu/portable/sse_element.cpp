// SSE operations on one element.
#include "cpu/portable/sse_element.hpp"

namespace calque::soft {
namespace {

using namespace exception;

template <typename Bits>
Bits flush_input(Bits value, const SseControl& control) {
    using B = Binary<Bits>;
    return control.denormals_are_zeros && B::is_denormal(value) ? B::signed_zero(B::sign(value)) : value;
}

template <typename Bits>
void note_denormal(Bits value, SseControl& control) {
    if (Binary<Bits>::is_denormal(value)) control.raised |= denormal;
}

template <typename Bits>
Bits indefinite(SseControl& control) {
    control.raised |= invalid;
    return Binary<Bits>::indefinite;
}

/// The first operand that is a NaN, made quiet.
template <typename Bits>
Bits propagate(Bits left, Bits right, SseControl& control) {
    using B = Binary<Bits>;
    if (B::is_signaling(left) || B::is_signaling(right)) control.raised |= invalid;
    return (B::is_nan(left) ? left : right) | B::quiet;
}

template <typename Bits>
Bits add_elements(Bits left, Bits right, SseControl& control) {
    using B = Binary<Bits>;
    if (B::is_infinity(left) && B::is_infinity(right) && left != right) return indefinite<Bits>(control);
    note_denormal(left, control);
    note_denormal(right, control);
    if (B::is_infinity(left)) return left;
    if (B::is_infinity(right)) return right;
    const Number sum = add(unpack(left), unpack(right));
    if (!sum.is_zero()) return round_and_pack<Bits>(sum, control);
    const bool sign = B::sign(left) == B::sign(right) ? B::sign(left) : control.rounding == Rounding::down;
    return B::signed_zero(sign);
}

template <typename Bits>
Bits multiply_elements(Bits left, Bits right, SseControl& control) {
    using B = Binary<Bits>;
    const bool infinite = B::is_infinity(left) || B::is_infinity(right);
    if (infinite && (B::is_zero(left) || B::is_zero(right))) return indefinite<Bits>(control);
    note_denormal(left, control);
    note_denormal(right, control);
    if (infinite) return B::signed_infinity(B::sign(left) != B::sign(right));
    return round_and_pack<Bits>(multiply(unpack(left), unpack(right)), control);
}

template <typename Bits>
Bits divide_elements(Bits left, Bits right, SseControl& control) {
    using B = Binary<Bits>;
    const bool sign = B::sign(left) != B::sign(right);
    if (B::is_infinity(left) && B::is_infinity(right)) return indefinite<Bits>(control);
    if (B::is_zero(left) && B::is_zero(right)) return indefinite<Bits>(control);
    if (B::is_zero(right) && !B::is_infinity(left)) {
        control.raised |= zero_divide;
        return B::signed_infinity(sign);
    }
    note_denormal(left, control);
    note_denormal(right, control);
    if (B::is_infinity(left)) return B::signed_infinity(sign);
    if (B::is_infinity(right)) return B::signed_zero(sign);
    return round_and_pack<Bits>(divide(unpack(left), unpack(right)), control);
}

template <typename Bits>
Bits square_root_element(Bits value, SseControl& control) {
    using B = Binary<Bits>;
    if (B::is_nan(value)) return propagate(value, value, control);
    if (B::is_zero(value)) return value;
    if (B::sign(value)) return indefinite<Bits>(control);
    note_denormal(value, control);
    if (B::is_infinity(value)) return value;
    return round_and_pack<Bits>(square_root(unpack(value)), control);
}

/// MINPS and MAXPS return the second operand if either is a NaN or both are zeros.
template <typename Bits>
Bits select(Order wanted, Bits left, Bits right, SseControl& control) {
    return compare(left, right, true, control) == wanted ? left : right;
}

}  // namespace

template <std::unsigned_integral Bits>
Bits compute(Operation operation, Bits left, Bits right, SseControl& control) {
    using B = Binary<Bits>;
    left = flush_input(left, control);
    right = flush_input(right, control);
    switch (operation) {
        case Operation::square_root: return square_root_element(right, control);
        case Operation::minimum: return select(Order::less, left, right, control);
        case Operation::maximum: return select(Order::greater, left, right, control);
        default: break;
    }
    if (B::is_nan(left) || B::is_nan(right)) return propagate(left, right, control);
    switch (operation) {
        case Operation::add: return add_elements(left, right, control);
        case Operation::subtract: return add_elements<Bits>(left, right ^ B::sign_mask, control);
        case Operation::multiply: return multiply_elements(left, right, control);
        default: return divide_elements(left, right, control);
    }
}

template <std::unsigned_integral Bits>
Order compare(Bits left, Bits right, bool signaling, SseControl& control) {
    using B = Binary<Bits>;
    left = flush_input(left, control);
    right = flush_input(right, control);
    if (B::is_nan(left) || B::is_nan(right)) {
        if (signaling || B::is_signaling(left) || B::is_signaling(right)) control.raised |= invalid;
        return Order::unordered;
    }
    note_denormal(left, control);
    note_denormal(right, control);
    if (left == right || (B::is_zero(left) && B::is_zero(right))) return Order::equal;
    if (B::sign(left) != B::sign(right)) return B::sign(left) ? Order::less : Order::greater;
    return (left < right) != B::sign(left) ? Order::less : Order::greater;
}

template <std::unsigned_integral Bits>
bool holds(unsigned predicate, Bits left, Bits right, SseControl& control) {
    const unsigned kind = predicate & 3;  // equal, less than, less or equal, unordered; bit 2 negates
    const Order order = compare(left, right, kind == 1 || kind == 2, control);
    const bool equal = order == Order::equal, less = order == Order::less;
    const bool result = kind == 0   ? equal
                        : kind == 1 ? less
                        : kind == 2 ? less || equal
                                    : order == Order::unordered;
    return result != bool(predicate & 4);
}

template <std::unsigned_integral To, std::unsigned_integral From>
To convert(From value, SseControl& control) {
    using F = Binary<From>;
    using T = Binary<To>;
    value = flush_input(value, control);
    if (F::is_infinity(value)) return T::signed_infinity(F::sign(value));
    if (F::is_nan(value)) {
        if (F::is_signaling(value)) control.raised |= invalid;
        // The upper bits of the fraction are kept.
        const Uint128 fraction = Uint128{static_cast<From>(value & F::fraction_mask)}
                                 << (64 - F::fraction_bits);
        return T::signed_infinity(F::sign(value)) | static_cast<To>(fraction >> (64 - T::fraction_bits)) |
               T::quiet;
    }
    note_denormal(value, control);
    return round_and_pack<To>(unpack(value), control);
}

template <std::unsigned_integral Bits>
Bits from_int32(std::uint32_t value, SseControl& control) {
    const bool sign = value >> 31;
    return round_and_pack<Bits>(from_integer(sign, sign ? 0U - value : value), control);
}

template <std::unsigned_integral Bits>
std::uint32_t to_int32(Bits value, bool truncate, SseControl& control) {
    using B = Binary<Bits>;
    constexpr std::uint32_t integer_indefinite = 0x8000'0000U;
    value = flush_input(value, control);
    if (!B::is_nan(value) && !B::is_infinity(value)) {
        const Integer integer = round_to_integer(unpack(value), truncate ? Rounding::zero : control.rounding);
        const std::uint64_t limit = B::sign(value) ? integer_indefinite : integer_indefinite - 1;
        if (integer.fits && integer.magnitude <= limit) {
            if (integer.inexact) control.raised |= precision;
            const auto magnitude = static_cast<std::uint32_t>(integer.magnitude);
            return B::sign(value) ? 0U - magnitude : magnitude;
        }
    }
    control.raised |= invalid;
    return integer_indefinite;
}

template <std::unsigned_integral Bits>
Bits round_to_integral(Bits value, Rounding rounding, SseControl& control) {
    using B = Binary<Bits>;
    value = flush_input(value, control);
    if (B::is_nan(value)) return propagate(value, value, control);
    if (B::is_zero(value) || B::is_infinity(value)) return value;
    const Number number = unpack(value);
    if (number.exponent >= B::fraction_bits) return value;
    const Integer integer = round_to_integer(number, rounding);
    if (integer.inexact) control.raised |= precision;
    if (integer.magnitude == 0) return B::signed_zero(number.sign);
    return pack<Bits>(from_integer(number.sign, integer.magnitude));
}

namespace {

using Single = Binary<std::uint32_t>;
constexpr int estimate_bits = 12;

/// A tiny estimate is zero.
std::uint32_t pack_estimate(const Number& exact) {
    const Number value = round(exact, estimate_bits, Rounding::nearest).value;
    if (value.exponent < Single::format.min_exponent) return Single::signed_zero(value.sign);
    return pack<std::uint32_t>(value);
}

}  // namespace

std::uint32_t reciprocal(std::uint32_t value) {
    const bool sign = Single::sign(value);
    if (Single::is_nan(value)) return value | Single::quiet;
    if (Single::is_infinity(value)) return Single::signed_zero(sign);
    if (Single::is_zero(value) || Single::is_denormal(value)) return Single::signed_infinity(sign);
    return pack_estimate(divide(from_integer(false, 1), unpack(value)));
}

std::uint32_t reciprocal_square_root(std::uint32_t value) {
    const bool sign = Single::sign(value);
    if (Single::is_nan(value)) return value | Single::quiet;
    if (Single::is_zero(value) || Single::is_denormal(value)) return Single::signed_infinity(sign);
    if (sign) return Single::indefinite;
    if (Single::is_infinity(value)) return 0;
    return pack_estimate(divide(from_integer(false, 1), square_root(unpack(value))));
}

template std::uint32_t compute(Operation, std::uint32_t, std::uint32_t, SseControl&);
template std::uint64_t compute(Operation, std::uint64_t, std::uint64_t, SseControl&);
template Order compare(std::uint32_t, std::uint32_t, bool, SseControl&);
template Order compare(std::uint64_t, std::uint64_t, bool, SseControl&);
template bool holds(unsigned, std::uint32_t, std::uint32_t, SseControl&);
template bool holds(unsigned, std::uint64_t, std::uint64_t, SseControl&);
template std::uint32_t convert(std::uint64_t, SseControl&);
template std::uint64_t convert(std::uint32_t, SseControl&);
template std::uint32_t from_int32(std::uint32_t, SseControl&);
template std::uint64_t from_int32(std::uint32_t, SseControl&);
template std::uint32_t to_int32(std::uint32_t, bool, SseControl&);
template std::uint32_t to_int32(std::uint64_t, bool, SseControl&);
template std::uint32_t round_to_integral(std::uint32_t, Rounding, SseControl&);
template std::uint64_t round_to_integral(std::uint64_t, Rounding, SseControl&);

}  // namespace calque::soft
