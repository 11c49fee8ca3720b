// Tries whether the host follows the rules.
#include "cpu/arithmetic_like_host.hpp"

#ifndef CALQUE_PORTABLE
#include <algorithm>
#include <array>

namespace calque::like_host {
namespace {

constexpr std::array<std::uint32_t, 9> operands{0,           1,           3,           0x7f,       0x8081,
                                                0x8000'0000, 0x7fff'ffff, 0xffff'ffff, 0x9c35'a96e};

/// Runs an operation both ways on the same flags: whether they agree.
template <typename Host, typename Soft>
bool agree(Host by_host, Soft by_rule) {
    return std::ranges::all_of(
        std::array{0U, flag::status, flag::af | flag::sf, flag::zf | flag::cf, flag::of | flag::pf},
        [&](std::uint32_t before) {
            StatusFlags one = StatusFlags::unpack(before), other = one;
            by_host(one);
            by_rule(other);
            return one.pack() == other.pack();
        });
}

template <Shift operation, typename T>
bool shift_agrees(T value, std::uint8_t count) {
    return agree([&](StatusFlags& flags) { host::shift<operation>(value, count, flags); },
                 [&](StatusFlags& flags) { soft::shift<operation>(value, count, flags); });
}
template <typename T>
bool shifts_agree(T value, T other) {
    using enum Shift;
    for (std::uint8_t count = 0; count <= std::min(31U, soft::width<T>); ++count) {
        if (!shift_agrees<rol>(value, count) || !shift_agrees<ror>(value, count) ||
            !shift_agrees<rcl>(value, count) || !shift_agrees<rcr>(value, count) ||
            !shift_agrees<shl>(value, count) || !shift_agrees<shr>(value, count) ||
            !shift_agrees<sar>(value, count))
            return false;
        if constexpr (sizeof(T) > 1) {
            if (count == soft::width<T>) continue;
            if (!agree([&](StatusFlags& flags) { host::shift_double<true>(value, other, count, flags); },
                       [&](StatusFlags& flags) { soft::shift_double<true>(value, other, count, flags); }) ||
                !agree([&](StatusFlags& flags) { host::shift_double<false>(value, other, count, flags); },
                       [&](StatusFlags& flags) { soft::shift_double<false>(value, other, count, flags); }))
                return false;
        }
    }
    return true;
}

template <typename T>
bool products_agree(T left, T right) {
    return agree([&](StatusFlags& flags) { host::mul(left, right, flags); },
                 [&](StatusFlags& flags) { soft::mul(left, right, flags); }) &&
           agree([&](StatusFlags& flags) { host::imul_wide(left, right, flags); },
                 [&](StatusFlags& flags) { soft::imul_wide(left, right, flags); });
}

template <BitOperation operation, typename T>
bool bit_test_agrees(T value, T bit) {
    return agree([&](StatusFlags& flags) { host::bit_test<operation>(value, bit, flags); },
                 [&](StatusFlags& flags) { soft::bit_test<operation>(value, bit, flags); });
}
template <typename T>
bool bits_agree(T value, T other) {
    using enum BitOperation;
    const T bit = other % soft::width<T>;
    return agree([&](StatusFlags& flags) { host::bit_scan<true>(other, value, flags); },
                 [&](StatusFlags& flags) { soft::bit_scan<true>(other, value, flags); }) &&
           agree([&](StatusFlags& flags) { host::bit_scan<false>(other, value, flags); },
                 [&](StatusFlags& flags) { soft::bit_scan<false>(other, value, flags); }) &&
           agree([&](StatusFlags& flags) { host::imul(value, other, flags); },
                 [&](StatusFlags& flags) { soft::imul(value, other, flags); }) &&
           bit_test_agrees<bt>(value, bit) && bit_test_agrees<bts>(value, bit) &&
           bit_test_agrees<btr>(value, bit) && bit_test_agrees<btc>(value, bit);
}

template <typename T>
bool width_agrees() {
    return std::ranges::all_of(operands, [](std::uint32_t left) {
        return std::ranges::all_of(operands, [left](std::uint32_t right) {
            const auto one = static_cast<T>(left), other = static_cast<T>(right);
            if (!shifts_agree(one, other) || !products_agree(one, other)) return false;
            if constexpr (sizeof(T) > 1) return bits_agree(one, other);
            return true;
        });
    });
}

/// Intel's processors of these years do.
bool leaves_of(bool before) {
    std::uint8_t overflow = before;
    std::uint32_t value = 1;
    asm("addb $127, %[overflow]\n\t"
        "roll $5, %[value]\n\t"
        "seto %[overflow]"
        : [overflow] "+q"(overflow), [value] "+r"(value)
        :
        : "cc");
    return overflow == before;
}

}  // namespace

const bool rotates_leave_of = leaves_of(false) && leaves_of(true);

const bool follows_rules =
    width_agrees<std::uint8_t>() && width_agrees<std::uint16_t>() && width_agrees<std::uint32_t>();

}  // namespace calque::like_host
#endif
