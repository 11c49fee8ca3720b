// The six status flags, kept as the facts they are computed from.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace calque {

/// Bits of EFLAGS (SDM vol. 1, "EFLAGS Register").
namespace flag {
inline constexpr std::uint32_t cf = 1U << 0, pf = 1U << 2, af = 1U << 4, zf = 1U << 6, sf = 1U << 7;
inline constexpr std::uint32_t tf = 1U << 8, interrupt = 1U << 9, df = 1U << 10, of = 1U << 11;
inline constexpr std::uint32_t iopl = 3U << 12, nt = 1U << 14, rf = 1U << 16, vm = 1U << 17, ac = 1U << 18;
inline constexpr std::uint32_t vif = 1U << 19, vip = 1U << 20, id = 1U << 21;
inline constexpr std::uint32_t always_one = 1U << 1;
inline constexpr std::uint32_t status = cf | pf | af | zf | sf | of;
}  // namespace flag

/// CF, PF, AF, ZF, SF and OF, not computed until somebody asks.
///
/// `result` is the sign-extended result: its low half gives ZF, its lowest byte PF and its top bit SF. Bits
/// 32-39, which are all alike in a sign-extended result, are XORed into that byte: so any combination of
/// flags can be expressed. `carries` holds the carry into each bit position, aligned so that bit 32 is CF
/// and bit 31 the carry into the sign bit (OF is their difference); bit 4 is AF. Its other bits mean nothing.
struct StatusFlags {
    std::uint64_t result = 1;
    std::uint64_t carries = 0;

    constexpr bool cf() const { return carries >> 32 & 1; }
    constexpr bool af() const { return carries >> 4 & 1; }
    constexpr bool zf() const { return static_cast<std::uint32_t>(result) == 0; }
    constexpr bool sf() const { return result >> 63; }
    constexpr bool of() const { return (carries ^ carries << 1) >> 32 & 1; }
    /// SF != OF.
    constexpr bool less() const { return (result ^ (carries ^ carries << 1) << 31) >> 63; }
    constexpr bool pf() const {
        return !(std::popcount(static_cast<unsigned>((result ^ result >> 32) & 0xff)) & 1);
    }

    /// As bits of EFLAGS; all other bits are 0.
    constexpr std::uint32_t pack() const {
        return std::uint32_t{cf()} | std::uint32_t{pf()} << 2 | std::uint32_t{af()} << 4 |
               std::uint32_t{zf()} << 6 | std::uint32_t{sf()} << 7 | std::uint32_t{of()} << 11;
    }
    static constexpr StatusFlags unpack(std::uint32_t eflags) {
        const std::uint64_t sign = eflags >> 7 & 1;
        const bool zero = eflags & flag::zf, even = eflags & flag::pf;
        const std::uint64_t result = zero ? 0 : 1;  // 0 has even parity, 1 odd
        return {result | std::uint64_t{zero != even} << 32 | sign << 63,
                carry_bits(eflags & flag::cf, eflags & flag::of) | (eflags & flag::af)};
    }

    /// Logic operations: CF, OF and AF cleared.
    template <std::unsigned_integral T>
    static constexpr StatusFlags of_result(T value) {
        return {sign_extend(value), 0};
    }
    /// The result's flags, and the other three as given.
    template <std::unsigned_integral T>
    static constexpr StatusFlags of_parts(T value, bool carry, bool overflow, bool auxiliary) {
        return {sign_extend(value), carry_bits(carry, overflow) | std::uint64_t{auxiliary} << 4};
    }
    /// Additions and subtractions, from the carry (borrow) into each bit, and out of the last.
    template <std::unsigned_integral T>
        requires(sizeof(T) <= 4)
    static constexpr StatusFlags of_carries(T value, std::uint64_t into) {
        constexpr int width = std::numeric_limits<T>::digits;
        if constexpr (width == 32)
            return {sign_extend(value), into};
        else
            return {sign_extend(value), into << (32 - width) | (into & flag::af)};
    }
    constexpr void set_cf(bool carry) { set_cf_of(carry, of()); }
    constexpr void set_cf_of(bool carry, bool overflow) {
        carries = (carries & flag::af) | carry_bits(carry, overflow);
    }

private:
    static constexpr std::uint64_t carry_bits(bool carry, bool overflow) {
        return std::uint64_t{carry} << 32 | std::uint64_t{carry != overflow} << 31;
    }
    template <std::unsigned_integral T>
    static constexpr std::uint64_t sign_extend(T value) {
        return static_cast<std::uint64_t>(
            static_cast<std::int64_t>(static_cast<std::make_signed_t<T>>(value)));
    }
};

/// left + right (+ 1): `left ^ right ^ sum` is the carry into each bit.
template <std::unsigned_integral T>
constexpr T add(StatusFlags& flags, T left, T right, bool carry_in = false) {
    const std::uint64_t sum = std::uint64_t{left} + right + carry_in;
    flags = StatusFlags::of_carries(static_cast<T>(sum), left ^ right ^ sum);
    return static_cast<T>(sum);
}

/// left - right (- 1): the same with borrows.
template <std::unsigned_integral T>
constexpr T subtract(StatusFlags& flags, T left, T right, bool borrow_in = false) {
    const std::uint64_t difference = std::uint64_t{left} - right - borrow_in;
    flags = StatusFlags::of_carries(static_cast<T>(difference), left ^ right ^ difference);
    return static_cast<T>(difference);
}

}  // namespace calque
