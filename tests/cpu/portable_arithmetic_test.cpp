// The portable integer arithmetic against the host's own instructions: results and defined flags.
#include "cpu/arithmetic_like_host.hpp"
#include "cpu/host_arithmetic.hpp"
#include "cpu/portable/arithmetic.hpp"
#include "tests/cpu/native_fpu.hpp"
#include "tests/support/effort.hpp"

#include <doctest/doctest.h>

namespace calque::test {
namespace {

constexpr unsigned attempts = tries(100'000);

template <typename T>
T random_value(Random& random) {
    switch (random() % 4) {
        case 0: return static_cast<T>(random() % 3 - 1);
        case 1: return static_cast<T>(T{1} << (random() % (8 * sizeof(T))));
        default: return static_cast<T>(random());
    }
}

/// What the manual leaves undefined need not agree, unless this host follows the rules.
std::uint32_t unless_by_rule(std::uint32_t undefined) {
#ifdef CALQUE_PORTABLE
    return undefined;
#else
    return like_host::follows_rules ? 0 : undefined;
#endif
}

struct Flags {
    explicit Flags(Random& random) : host(StatusFlags::unpack(random() & flag::status)), soft(host) {}
    std::uint32_t differences() const { return host.pack() ^ soft.pack(); }
    StatusFlags host, soft;
};

template <host::Shift operation, typename T>
void compare_shift(Random& random) {
    for (unsigned i = 0; i < attempts; ++i) {
        Flags flags(random);
        const T value = random_value<T>(random);
        const auto count = static_cast<std::uint8_t>(random() % 40);
        CHECK_EQ(host::shift<operation>(value, count, flags.host),
                 soft::shift<operation>(value, count, flags.soft));
        const bool once = (count & 31) == 1;
        const bool beyond = (count & 31U) > 8 * sizeof(T) && operation >= host::Shift::shl;
        const std::uint32_t undefined = (once ? 0 : flag::of) | flag::af | (beyond ? flag::cf : 0);
        CHECK_EQ(flags.differences() & ~(beyond ? undefined : unless_by_rule(undefined)), 0);
    }
}
template <typename T>
void compare_shifts(Random& random) {
    using enum host::Shift;
    compare_shift<rol, T>(random);
    compare_shift<ror, T>(random);
    compare_shift<rcl, T>(random);
    compare_shift<rcr, T>(random);
    compare_shift<shl, T>(random);
    compare_shift<shr, T>(random);
    compare_shift<sar, T>(random);
}

template <bool left, typename T>
void compare_double_shift(Random& random) {
    for (unsigned i = 0; i < attempts; ++i) {
        Flags flags(random);
        const T value = random_value<T>(random), filler = random_value<T>(random);
        const auto count = static_cast<std::uint8_t>(random() % (8 * sizeof(T) + 1));
        CHECK_EQ(host::shift_double<left>(value, filler, count, flags.host),
                 soft::shift_double<left>(value, filler, count, flags.soft));
        const std::uint32_t undefined = ((count & 31) == 1 ? 0 : flag::of) | flag::af;
        const bool beyond = count == 8 * sizeof(T);
        CHECK_EQ(flags.differences() & ~(beyond ? undefined : unless_by_rule(undefined)), 0);
    }
}

template <typename T>
void compare_bits(Random& random) {
    using enum host::BitOperation;
    for (unsigned i = 0; i < attempts; ++i) {
        Flags flags(random);
        const T value = random_value<T>(random), other = random_value<T>(random);
        if (other) {
            CHECK_EQ(host::bit_scan<true>(value, other, flags.host),
                     soft::bit_scan<true>(value, other, flags.soft));
            CHECK_EQ(host::bit_scan<false>(value, other, flags.host),
                     soft::bit_scan<false>(value, other, flags.soft));
            CHECK_EQ(flags.differences() & ~unless_by_rule(flag::status & ~flag::zf), 0);
        }
        CHECK_EQ(host::bit_test<bts>(value, other, flags.host),
                 soft::bit_test<bts>(value, other, flags.soft));
        CHECK_EQ(host::bit_test<btr>(value, other, flags.host),
                 soft::bit_test<btr>(value, other, flags.soft));
        CHECK_EQ(host::bit_test<btc>(value, other, flags.host),
                 soft::bit_test<btc>(value, other, flags.soft));
        CHECK_EQ(flags.differences() & ~unless_by_rule(flag::status & ~flag::cf), 0);
    }
}

template <typename T>
void compare_products(Random& random) {
    for (unsigned i = 0; i < attempts; ++i) {
        Flags flags(random);
        const T left = random_value<T>(random), right = random_value<T>(random);
        const auto product = host::mul(left, right, flags.host), same = soft::mul(left, right, flags.soft);
        CHECK_EQ(product.low, same.low);
        CHECK_EQ(product.high, same.high);
        CHECK_EQ(flags.differences() & ~unless_by_rule(flag::sf | flag::zf | flag::af | flag::pf), 0);
        const auto wide = host::imul_wide(left, right, flags.host),
                   same_wide = soft::imul_wide(left, right, flags.soft);
        CHECK_EQ(wide.low, same_wide.low);
        CHECK_EQ(wide.high, same_wide.high);
        CHECK_EQ(flags.differences() & ~unless_by_rule(flag::sf | flag::zf | flag::af | flag::pf), 0);
    }
}

template <typename T>
void compare_quotients(Random& random) {
    using Wide = soft::Twice<T>;
    using SignedWide = std::make_signed_t<Wide>;
    for (unsigned i = 0; i < attempts; ++i) {
        Flags flags(random);
        const T divisor = random_value<T>(random);
        const auto by = static_cast<std::make_signed_t<T>>(divisor);
        if (divisor == 0) continue;
        const auto dividend = static_cast<Wide>(Wide{random_value<T>(random)} * divisor + divisor / 2);
        const auto unsigned_host = host::div(dividend, divisor, flags.host),
                   unsigned_soft = soft::div(dividend, divisor, flags.soft);
        CHECK_EQ(unsigned_host.low, unsigned_soft.low);
        CHECK_EQ(unsigned_host.high, unsigned_soft.high);
        const auto signed_dividend =
            static_cast<Wide>(SignedWide{by} * (static_cast<int>(random() % 200) - 100));
        if (by == -1 || by == std::numeric_limits<decltype(by)>::min()) continue;
        const auto signed_host = host::idiv(signed_dividend, divisor, flags.host),
                   signed_soft = soft::idiv(signed_dividend, divisor, flags.soft);
        CHECK_EQ(signed_host.low, signed_soft.low);
        CHECK_EQ(signed_host.high, signed_soft.high);
    }
}

}  // namespace

TEST_CASE("portable shifts as the host's") {
    Random random(1);
    compare_shifts<std::uint8_t>(random);
    compare_shifts<std::uint16_t>(random);
    compare_shifts<std::uint32_t>(random);
    compare_double_shift<true, std::uint16_t>(random);
    compare_double_shift<false, std::uint16_t>(random);
    compare_double_shift<true, std::uint32_t>(random);
    compare_double_shift<false, std::uint32_t>(random);
}

TEST_CASE("portable bit operations as the host's") {
    Random random(2);
    compare_bits<std::uint16_t>(random);
    compare_bits<std::uint32_t>(random);
}

TEST_CASE("portable products and quotients as the host's") {
    Random random(3);
    compare_products<std::uint8_t>(random);
    compare_products<std::uint16_t>(random);
    compare_products<std::uint32_t>(random);
    compare_quotients<std::uint8_t>(random);
    compare_quotients<std::uint16_t>(random);
    compare_quotients<std::uint32_t>(random);
}

}  // namespace calque::test
