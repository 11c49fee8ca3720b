// Packed integer operations, element by element.
#include "cpu/portable/packed_integer.hpp"

#include "cpu/portable/packed_element.hpp"

#include <algorithm>
#include <type_traits>

namespace calque::soft {
namespace {

template <typename T>
void add(Destination to, Source from) {
    each<T>(to, from, [](T a, T b) { return static_cast<T>(a + b); });
}
template <typename T>
void subtract(Destination to, Source from) {
    each<T>(to, from, [](T a, T b) { return static_cast<T>(a - b); });
}
template <typename T>
void add_saturated(Destination to, Source from) {
    each<T>(to, from, [](T a, T b) { return saturate<T>(a + b); });
}
template <typename T>
void subtract_saturated(Destination to, Source from) {
    each<T>(to, from, [](T a, T b) { return saturate<T>(a - b); });
}
template <typename T>
void average(Destination to, Source from) {
    each<T>(to, from, [](T a, T b) { return (a + b + 1) >> 1; });
}

/// The low (shift 0) or high half of products of words.
template <typename T, unsigned shift>
void multiply_words(Destination to, Source from) {
    using Product = std::conditional_t<std::is_signed_v<T>, std::int32_t, std::uint32_t>;
    each<T>(to, from, [](T a, T b) { return (Product{a} * Product{b}) >> shift; });
}

void multiply_doublewords(Destination to, Source from) {
    each<std::uint64_t>(
        to, from, [](std::uint64_t a, std::uint64_t b) { return (a & 0xffff'ffff) * (b & 0xffff'ffff); });
}

/// PMADDWD: only 8000h in all four words overflows, and wraps.
void multiply_add(Destination to, Source from) {
    for (std::size_t i = 0; i < to.size() / 4; ++i) {
        std::int64_t sum = 0;
        for (std::size_t n = 2 * i; n < 2 * i + 2; ++n)
            sum += get<std::int16_t>(to, n) * get<std::int16_t>(from, n);
        put(to, i, static_cast<std::uint32_t>(sum));
    }
}

void sum_of_differences(Destination to, Source from) {
    for (std::size_t i = 0; i < to.size() / 8; ++i) {
        std::uint64_t sum = 0;
        for (std::size_t n = 8 * i; n < 8 * i + 8; ++n)
            sum += static_cast<unsigned>(to[n] > from[n] ? to[n] - from[n] : from[n] - to[n]);
        put(to, i, sum);
    }
}

/// The count is the source's low quadword.
template <typename T, typename Operation>
void shift(Destination to, Source from, Operation operation) {
    const auto count = get<std::uint64_t>(from, 0);
    for (std::size_t i = 0; i < to.size() / sizeof(T); ++i)
        put(to, i, static_cast<T>(operation(get<T>(to, i), count)));
}
template <typename T>
constexpr std::uint64_t width = 8 * sizeof(T);

template <typename T>
void shift_left(Destination to, Source from) {
    shift<T>(to, from, [](T a, std::uint64_t n) { return n < width<T> ? std::uint64_t{a} << n : 0; });
}
template <typename T>
void shift_right(Destination to, Source from) {
    shift<T>(to, from, [](T a, std::uint64_t n) { return n < width<T> ? std::uint64_t{a} >> n : 0; });
}
template <typename T>
void shift_arithmetic(Destination to, Source from) {
    shift<T>(to, from, [](T a, std::uint64_t n) { return a >> std::min(n, width<T> - 1); });
}

template <typename Operation>
void logic(Destination to, Source from, Operation operation) {
    each<std::uint64_t>(to, from, operation);
}

using std::int16_t, std::int32_t, std::int8_t, std::uint16_t, std::uint32_t, std::uint64_t, std::uint8_t;

void shift_operation(std::uint8_t opcode, Destination to, Source from) {
    switch (opcode) {
        case 0xd1: return shift_right<uint16_t>(to, from);
        case 0xd2: return shift_right<uint32_t>(to, from);
        case 0xd3: return shift_right<uint64_t>(to, from);
        case 0xe1: return shift_arithmetic<int16_t>(to, from);
        case 0xe2: return shift_arithmetic<int32_t>(to, from);
        case 0xf1: return shift_left<uint16_t>(to, from);
        case 0xf2: return shift_left<uint32_t>(to, from);
        default: return shift_left<uint64_t>(to, from);
    }
}

/// 60 to 7F.
void rearrangement(std::uint8_t opcode, Destination to, Source from) {
    switch (opcode) {
        case 0x60: return interleave(to, from, 1, false);
        case 0x61: return interleave(to, from, 2, false);
        case 0x62: return interleave(to, from, 4, false);
        case 0x63: return pack<int16_t, int8_t>(to, from);
        case 0x64: return compare_greater<int8_t>(to, from);
        case 0x65: return compare_greater<int16_t>(to, from);
        case 0x66: return compare_greater<int32_t>(to, from);
        case 0x67: return pack<int16_t, uint8_t>(to, from);
        case 0x68: return interleave(to, from, 1, true);
        case 0x69: return interleave(to, from, 2, true);
        case 0x6a: return interleave(to, from, 4, true);
        case 0x6b: return pack<int32_t, int16_t>(to, from);
        case 0x6c: return interleave(to, from, 8, false);
        case 0x6d: return interleave(to, from, 8, true);
        case 0x74: return compare_equal<uint8_t>(to, from);
        case 0x75: return compare_equal<uint16_t>(to, from);
        default: return compare_equal<uint32_t>(to, from);
    }
}

}  // namespace

void interleave(Destination to, Source from, unsigned element, bool high) {
    Buffer result;
    const std::size_t first = high ? to.size() / 2 : 0;
    for (std::size_t i = 0; i < to.size(); ++i) {
        const Source origin = i / element % 2 ? from : Source(to);
        result[i] = origin[first + i / element / 2 * element + i % element];
    }
    std::copy_n(result.begin(), to.size(), to.begin());
}

void packed_integer(std::uint8_t opcode, Destination to, Source from) {
    if (opcode < 0x80) return rearrangement(opcode, to, from);
    switch (opcode) {
        case 0xd4: return add<uint64_t>(to, from);
        case 0xd5: return multiply_words<int16_t, 0>(to, from);
        case 0xd8: return subtract_saturated<uint8_t>(to, from);
        case 0xd9: return subtract_saturated<uint16_t>(to, from);
        case 0xda: return minimum<uint8_t>(to, from);
        case 0xdb: return logic(to, from, [](auto a, auto b) { return a & b; });
        case 0xdc: return add_saturated<uint8_t>(to, from);
        case 0xdd: return add_saturated<uint16_t>(to, from);
        case 0xde: return maximum<uint8_t>(to, from);
        case 0xdf: return logic(to, from, [](auto a, auto b) { return ~a & b; });
        case 0xe0: return average<uint8_t>(to, from);
        case 0xe3: return average<uint16_t>(to, from);
        case 0xe4: return multiply_words<uint16_t, 16>(to, from);
        case 0xe5: return multiply_words<int16_t, 16>(to, from);
        case 0xe8: return subtract_saturated<int8_t>(to, from);
        case 0xe9: return subtract_saturated<int16_t>(to, from);
        case 0xea: return minimum<int16_t>(to, from);
        case 0xeb: return logic(to, from, [](auto a, auto b) { return a | b; });
        case 0xec: return add_saturated<int8_t>(to, from);
        case 0xed: return add_saturated<int16_t>(to, from);
        case 0xee: return maximum<int16_t>(to, from);
        case 0xef: return logic(to, from, [](auto a, auto b) { return a ^ b; });
        case 0xf4: return multiply_doublewords(to, from);
        case 0xf5: return multiply_add(to, from);
        case 0xf6: return sum_of_differences(to, from);
        case 0xf8: return subtract<uint8_t>(to, from);
        case 0xf9: return subtract<uint16_t>(to, from);
        case 0xfa: return subtract<uint32_t>(to, from);
        case 0xfb: return subtract<uint64_t>(to, from);
        case 0xfc: return add<uint8_t>(to, from);
        case 0xfd: return add<uint16_t>(to, from);
        case 0xfe: return add<uint32_t>(to, from);
        default: return shift_operation(opcode, to, from);
    }
}

}  // namespace calque::soft
