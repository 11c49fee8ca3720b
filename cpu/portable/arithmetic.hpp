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

inline void replace(StatusFlags& flags, std::uint32_t which, std::uint32_t values) {
    flags = StatusFlags::unpack((flags.pack() & ~which) | (values & which));
}
inline std::uint32_t carry_and_overflow(bool carry, bool overflow) {
    return (carry ? flag::cf : 0) | (overflow ? flag::of : 0);
}

/// After a shift, whose carry and overflow are given.
template <std::unsigned_integral T>
StatusFlags shifted(T value, std::uint32_t carry_overflow) {
    return StatusFlags::unpack(StatusFlags::of_result(value).pack() | flag::af | carry_overflow);
}
inline void divided(StatusFlags& flags) {
    replace(flags, flag::sf | flag::zf | flag::pf | flag::af, flag::af);
}

namespace detail {

/// One step of a shift or rotation.
template <Shift operation, typename T>
T step(T value, bool& carry) {
    constexpr bool leftward = operation == Shift::rol || operation == Shift::rcl || operation == Shift::shl;
    const bool out = leftward ? top(value) : value & 1;
    bool in = false;
    if constexpr (operation == Shift::rol || operation == Shift::ror) in = out;
    if constexpr (operation == Shift::rcl || operation == Shift::rcr) in = carry;
    if constexpr (operation == Shift::sar) in = top(value);
    carry = out;
    const auto entering = static_cast<T>(T{in} << (leftward ? 0 : width<T> - 1));
    return static_cast<T>((leftward ? static_cast<T>(value << 1) : static_cast<T>(value >> 1)) | entering);
}

}  // namespace detail

template <Shift operation, typename T>
T shift(T value, std::uint8_t count, StatusFlags& flags) {
    constexpr bool leftward = operation == Shift::rol || operation == Shift::rcl || operation == Shift::shl;
    constexpr bool rotates = operation < Shift::shl;
    bool carry = flags.cf();
    count &= 31;
    if (count == 0) return value;
    bool overflow = flags.of();
    for (unsigned i = 0; i < count; ++i) {
        const bool before = top(value);
        value = detail::step<operation>(value, carry);
        overflow = leftward ? carry != top(value) : before != top(value);
    }
    const std::uint32_t results = carry_and_overflow(carry, overflow);
    if constexpr (rotates)
        replace(flags, flag::cf | flag::of, results);
    else
        flags = shifted(value, results);
    return value;
}

/// SHLD (left) and SHRD: shifts `value`, filling from `filler`, for a second time if the count is beyond the
/// width.
template <bool left, typename T>
T shift_double(T value, T filler, std::uint8_t count, StatusFlags& flags) {
    count &= 31;
    if (count == 0) return value;
    bool carry = false, overflow = false;
    for (unsigned i = 0; i < count; ++i) {
        const unsigned place = left ? width<T> - 1 - i % width<T> : i % width<T>;
        const auto in = static_cast<T>(filler >> place & 1);
        const bool before = top(value);
        carry = left ? before : value & 1;
        value = left ? static_cast<T>(value << 1 | in)
                     : static_cast<T>(value >> 1 | static_cast<T>(in << (width<T> - 1)));
        overflow = before != top(value);
    }
    const bool beyond = count > width<T>;
    flags = shifted(value, beyond ? 0 : carry_and_overflow(carry, overflow));
    return value;
}

/// BSF (forward) and BSR: `old` is what the destination keeps if `source` is zero.
template <bool forward, typename T>
T bit_scan(T old, T source, StatusFlags& flags) {
    if (source == 0) {
        flags = StatusFlags::unpack(flag::zf | flag::pf);
        return old;
    }
    const auto found =
        static_cast<T>(forward ? std::countr_zero(source) : static_cast<int>(std::bit_width(source)) - 1);
    flags = StatusFlags::unpack(StatusFlags::of_result(found).pack() & ~flag::zf);
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
    replace(flags, flag::cf | flag::of, carry_and_overflow(high != 0, high != 0));
    return {static_cast<T>(product), high};
}

template <typename T>
Pair<T> imul_wide(T left, T right, StatusFlags& flags) {
    using Signed = std::make_signed_t<T>;
    const std::int64_t product =
        std::int64_t{static_cast<Signed>(left)} * std::int64_t{static_cast<Signed>(right)};
    const auto low = static_cast<T>(product);
    const bool lost = product != static_cast<Signed>(low);
    replace(flags, flag::cf | flag::of, carry_and_overflow(lost, lost));
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
