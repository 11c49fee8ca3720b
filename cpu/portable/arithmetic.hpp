// Arithmetic whose flags the manual leaves partly undefined, for hosts that are not x86.
//
// What is undefined is what AMD's Zen processors give, by one rule a group: shifts set AF, and OF as their
// last step does; a double shift beyond the width clears CF and OF; products leave SF, ZF, AF and PF as they
// were; quotients leave CF and OF, clear SF, ZF and PF, and set AF; bit scans give the flags of the bit's
// number, but ZF is the manual's; tests of bits change CF alone.
#pragma once

#include "cpu/arithmetic_kinds.hpp"
#include "cpu/status_flags.hpp"

#include <bit>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace calque::soft {

using host::BitOperation, host::Pair, host::Shift;

template <std::unsigned_integral T>
constexpr unsigned width = std::numeric_limits<T>::digits;
template <std::unsigned_integral T>
constexpr bool top(T value) {
    return value >> (width<T> - 1) & 1;
}
/// A type twice as wide.
template <std::unsigned_integral T>
using Twice = std::conditional_t<sizeof(T) == 1, std::uint16_t,
                                 std::conditional_t<sizeof(T) == 2, std::uint32_t, std::uint64_t>>;

inline void divided(StatusFlags& flags) {
    const bool carry = flags.cf(), overflow = flags.of();
    flags = StatusFlags::of_parts(1U, carry, overflow, true);
}

namespace detail {

/// RCL and RCR, step by step.
template <bool left, typename T>
T rotate_through_carry(T value, unsigned count, bool& carry, bool& overflow) {
    for (unsigned i = 0; i < count; ++i) {
        const bool before = top(value), in = carry;
        carry = left ? before : value & 1;
        value = left ? static_cast<T>(value << 1 | T{in})
                     : static_cast<T>(value >> 1 | static_cast<T>(T{in} << (width<T> - 1)));
        overflow = left ? carry != top(value) : before != top(value);
    }
    return value;
}

}  // namespace detail

template <Shift operation, typename T>
T shift(T value, std::uint8_t count, StatusFlags& flags) {
    count &= 31;
    if (count == 0) return value;
    bool carry = flags.cf(), overflow = false;
    T result;
    if constexpr (operation == Shift::shl) {
        const std::uint64_t wide = std::uint64_t{value} << count;
        result = static_cast<T>(wide);
        carry = wide >> width<T> & 1;
        overflow = carry != top(result);
    } else if constexpr (operation == Shift::shr) {
        const std::uint64_t last = std::uint64_t{value} >> (count - 1);  // before the last step
        result = static_cast<T>(last >> 1);
        carry = last & 1;
        overflow = top(static_cast<T>(last));
    } else if constexpr (operation == Shift::sar) {
        const std::int64_t last = std::int64_t{static_cast<std::make_signed_t<T>>(value)} >> (count - 1);
        result = static_cast<T>(static_cast<std::uint64_t>(last >> 1));
        carry = last & 1;
    } else if constexpr (operation == Shift::rol) {
        result = std::rotl(value, count);
        carry = result & 1;
        overflow = carry != top(result);
    } else if constexpr (operation == Shift::ror) {
        result = std::rotr(value, count);
        carry = top(result);
        overflow = carry != top(static_cast<T>(result << 1));
    } else {
        result = detail::rotate_through_carry<operation == Shift::rcl>(value, count, carry, overflow);
    }
    if constexpr (operation < Shift::shl)
        flags.set_cf_of(carry, overflow);
    else
        flags = StatusFlags::of_parts(result, carry, overflow, true);
    return result;
}

/// SHLD (left) and SHRD: shifts `value`, filling from `filler`, for a second time if the count is beyond the
/// width.
template <bool left, typename T>
T shift_double(T value, T filler, std::uint8_t count, StatusFlags& flags) {
    count &= 31;
    if (count == 0) return value;
    const bool beyond = count > width<T>;
    if (beyond) {
        value = filler;
        count = static_cast<std::uint8_t>(count - width<T>);
    }
    const std::uint64_t wide =
        left ? std::uint64_t{value} << width<T> | filler : std::uint64_t{filler} << width<T> | value;
    const auto result = static_cast<T>(left ? wide << count >> width<T> : wide >> count);
    const bool carry = left ? wide << (count - 1) >> (2 * width<T> - 1) & 1 : wide >> (count - 1) & 1;
    const bool before = left ? carry : top(static_cast<T>(wide >> (count - 1)));
    const bool overflow = before != top(result);
    flags = StatusFlags::of_parts(result, carry && !beyond, overflow && !beyond, true);
    return result;
}

/// BSF (forward) and BSR: `old` is what the destination keeps if `source` is zero.
template <bool forward, typename T>
T bit_scan(T old, T source, StatusFlags& flags) {
    if (source == 0) {
        flags = StatusFlags::of_result(source);
        return old;
    }
    const auto found =
        static_cast<T>(forward ? std::countr_zero(source) : static_cast<int>(std::bit_width(source)) - 1);
    flags = StatusFlags::of_result(found != 0 ? found : T{3});  // as even as 0, but not zero
    return found;
}

/// `bit` is taken modulo the width.
template <BitOperation operation, typename T>
T bit_test(T value, T bit, StatusFlags& flags) {
    const auto mask = static_cast<T>(T{1} << (bit % width<T>));
    flags.set_cf(value & mask);
    if constexpr (operation == BitOperation::bts) return value | mask;
    if constexpr (operation == BitOperation::btr) return static_cast<T>(value & ~mask);
    if constexpr (operation == BitOperation::btc) return value ^ mask;
    return value;
}

template <typename T>
Pair<T> mul(T left, T right, StatusFlags& flags) {
    const auto product = static_cast<Twice<T>>(static_cast<Twice<T>>(left) * right);
    const auto high = static_cast<T>(product >> width<T>);
    flags.set_cf_of(high != 0, high != 0);
    return {static_cast<T>(product), high};
}

template <typename T>
Pair<T> imul_wide(T left, T right, StatusFlags& flags) {
    using Signed = std::make_signed_t<T>;
    const std::int64_t product =
        std::int64_t{static_cast<Signed>(left)} * std::int64_t{static_cast<Signed>(right)};
    const auto low = static_cast<T>(product);
    const bool lost = product != static_cast<Signed>(low);
    flags.set_cf_of(lost, lost);
    return {low, static_cast<T>(static_cast<std::uint64_t>(product) >> width<T>)};
}

/// IMUL r, r/m: the low half, CF = OF = it does not hold the product.
template <typename T>
T imul(T left, T right, StatusFlags& flags) {
    return imul_wide(left, right, flags).low;
}

/// The quotient must fit; the caller has checked.
template <typename Wide, typename T>
Pair<T> div(Wide dividend, T divisor, StatusFlags& flags) {
    divided(flags);
    return {static_cast<T>(dividend / divisor), static_cast<T>(dividend % divisor)};
}
template <typename Wide, typename T>
Pair<T> idiv(Wide dividend, T divisor, StatusFlags& flags) {
    divided(flags);
    using Signed = std::make_signed_t<Wide>;
    const auto left = static_cast<Signed>(dividend);
    const auto right = static_cast<Signed>(Signed{1} * static_cast<std::make_signed_t<T>>(divisor));
    return {static_cast<T>(left / right), static_cast<T>(left % right)};
}

}  // namespace calque::soft
