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
/// `result` is the sign-extended result: it gives ZF, SF and PF. `carries` holds the carry out of each bit
/// position, aligned so that bit 31 is CF and bit 30 the carry into the sign bit (OF is their difference);
/// bit 3 is AF. Two corrections, zero after ordinary arithmetic, let any combination of flags be expressed:
/// bit 0 of `carries` inverts SF, bits 8-15 are XORed into the byte whose parity is PF.
struct StatusFlags {
    std::uint64_t result = 1;
    std::uint64_t carries = 0;

    constexpr bool cf() const { return carries >> 31 & 1; }
    constexpr bool af() const { return carries >> 3 & 1; }
    constexpr bool zf() const { return result == 0; }
    constexpr bool sf() const { return (result >> 63 ^ carries) & 1; }
    constexpr bool of() const { return (carries ^ carries << 1) >> 31 & 1; }
    constexpr bool pf() const {
        return !(std::popcount(static_cast<unsigned>((result ^ carries >> 8) & 0xff)) & 1);
    }

    /// As bits of EFLAGS; all other bits are 0.
    constexpr std::uint32_t pack() const {
        return std::uint32_t{cf()} | std::uint32_t{pf()} << 2 | std::uint32_t{af()} << 4 |
               std::uint32_t{zf()} << 6 | std::uint32_t{sf()} << 7 | std::uint32_t{of()} << 11;
    }
    static constexpr StatusFlags unpack(std::uint32_t eflags) {
        const std::uint64_t carry = eflags & 1, overflow = eflags >> 11 & 1, sign = eflags >> 7 & 1;
        const bool zero = eflags & flag::zf;
        const std::uint64_t result = zero ? 0 : 1;  // 0 has even parity, 1 odd
        const std::uint64_t parity_fix = (result == 0) != bool(eflags & flag::pf);
        return {result,
                carry << 31 | (carry ^ overflow) << 30 | parity_fix << 8 | (eflags >> 4 & 1) << 3 | sign};
    }

    /// Logic operations: CF, OF and AF cleared.
    template <std::unsigned_integral T>
    static constexpr StatusFlags of_result(T value) {
        return {sign_extend(value), 0};
    }
    /// Additions and subtractions, from the carry (borrow) out of each bit.
    template <std::unsigned_integral T>
    static constexpr StatusFlags of_carries(T value, T carries) {
        constexpr int width = std::numeric_limits<T>::digits;
        const std::uint64_t wide = carries;
        if constexpr (width == 64) return {sign_extend(value), (wide >> 32 & ~0xff0fULL) | (wide & 8)};
        const std::uint64_t top = wide << (32 - width) & 0xc000'0000U;
        return {sign_extend(value), top | (wide & 8)};
    }
    constexpr void set_cf(bool carry) {
        const std::uint64_t overflow = of();
        carries = (carries & ~0xc000'0000ULL) | std::uint64_t{carry} << 31 | (overflow ^ carry) << 30;
    }

private:
    template <std::unsigned_integral T>
    static constexpr std::uint64_t sign_extend(T value) {
        return static_cast<std::uint64_t>(
            static_cast<std::int64_t>(static_cast<std::make_signed_t<T>>(value)));
    }
};

}  // namespace calque
