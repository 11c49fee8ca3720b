// Random numbers that a seed decides alone, with the values that break things over-represented.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace calque::test {

class Random {
public:
    explicit Random(std::uint64_t seed)
        : state_(seed * 0x9e37'79b9'7f4a'7c15ULL + 0x1234'5678'9abc'def1ULL) {}

    std::uint64_t next() {
        state_ += 0x9e37'79b9'7f4a'7c15ULL;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ mixed >> 30) * 0xbf58'476d'1ce4'e5b9ULL;
        mixed = (mixed ^ mixed >> 27) * 0x94d0'49bb'1331'11ebULL;
        return mixed ^ mixed >> 31;
    }
    std::uint8_t byte() { return static_cast<std::uint8_t>(next()); }
    /// Less than `bound`.
    std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(next() % bound); }
    bool chance(unsigned percent) { return below(100) < percent; }
    template <typename T, std::size_t size>
    T any_of(const std::array<T, size>& values) {
        return values[below(size)];
    }

    /// An integer near a border of some width, or any.
    std::uint32_t integer() {
        static constexpr std::array<std::uint32_t, 15> borders{
            0,      1,           2,           0x7f,        0x80, 0xff, 0x7fff, 0x8000,
            0xffff, 0x7fff'ffff, 0x8000'0000, 0xffff'ffff, 10,   31,   32};
        if (chance(40)) return static_cast<std::uint32_t>(next());
        return any_of(borders) + (chance(30) ? below(5) - 2 : 0);
    }
    /// Bits of a single: zeros, denormals, infinities, NaNs, integers' borders, or any.
    std::uint32_t single() {
        static constexpr std::array<std::uint32_t, 18> borders{
            0,           0x0000'0001, 0x007f'ffff, 0x0080'0000, 0x0080'0001, 0x3f80'0000,
            0x3fc0'0000, 0x4f00'0000, 0x4eff'ffff, 0x5f00'0000, 0x7f7f'ffff, 0x7f80'0000,
            0x7f80'0001, 0x7fc0'0000, 0x7fff'ffff, 0x3f7f'ffff, 0x3f80'0001, 0x3f00'0000};
        if (chance(30)) return static_cast<std::uint32_t>(next());
        return any_of(borders) | (chance(40) ? 0x8000'0000U : 0);
    }
    std::uint64_t double_bits() {
        static constexpr std::array<std::uint64_t, 18> borders{0,
                                                               1,
                                                               0x000f'ffff'ffff'ffff,
                                                               0x0010'0000'0000'0000,
                                                               0x3ff0'0000'0000'0000,
                                                               0x3ff8'0000'0000'0000,
                                                               0x41df'ffff'ffc0'0000,
                                                               0x41e0'0000'0000'0000,
                                                               0x43e0'0000'0000'0000,
                                                               0x7fef'ffff'ffff'ffff,
                                                               0x7ff0'0000'0000'0000,
                                                               0x7ff0'0000'0000'0001,
                                                               0x7ff8'0000'0000'0000,
                                                               0x36a0'0000'0000'0000,
                                                               0x380f'ffff'f000'0000,
                                                               0x47ef'ffff'f000'0000,
                                                               0x3fe0'0000'0000'0000,
                                                               0x4340'0000'0000'0001};
        if (chance(30)) return next();
        return any_of(borders) | (chance(40) ? 1ULL << 63 : 0);
    }
    /// Sign and exponent of an extended double, for the significand that it is given.
    std::uint16_t extended_exponent() {
        static constexpr std::array<std::uint16_t, 12> borders{
            0, 1, 2, 0x3fff, 0x3ffe, 0x4000, 0x401e, 0x403e, 0x7ffe, 0x7fff, 0x3c01, 0x3f81};
        const auto sign = static_cast<std::uint16_t>(chance(40) ? 0x8000 : 0);
        if (chance(20)) return static_cast<std::uint16_t>((0x3fff - 40 + below(80)) | sign);
        return static_cast<std::uint16_t>(any_of(borders) | sign);
    }
    std::uint64_t extended_significand() {
        static constexpr std::array<std::uint64_t, 8> borders{
            1ULL << 63, 0xffff'ffff'ffff'ffff, 0xc000'0000'0000'0000, 0xa000'0000'0000'0001, 0,
            1,          0x8000'0000'0000'0001, 0x4000'0000'0000'0000};
        if (chance(40)) return next() | 1ULL << 63;
        return any_of(borders);
    }

private:
    std::uint64_t state_;
};

}  // namespace calque::test
