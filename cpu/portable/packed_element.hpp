// Packed integers element by element: what the opcode maps share.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>

namespace calque::soft {

using Destination = std::span<std::uint8_t>;
using Source = std::span<const std::uint8_t>;
using Buffer = std::array<std::uint8_t, 16>;

template <typename T>
T get(Source from, std::size_t index) {
    T value;
    std::memcpy(&value, from.data() + index * sizeof(T), sizeof(T));
    return value;
}
template <typename T>
void put(Destination to, std::size_t index, T value) {
    std::memcpy(to.data() + index * sizeof(T), &value, sizeof(T));
}

/// Each element becomes `operation(its own, the source's)`.
template <typename T, typename Operation>
void each(Destination to, Source from, Operation operation) {
    for (std::size_t i = 0; i < to.size() / sizeof(T); ++i)
        put(to, i, static_cast<T>(operation(get<T>(to, i), get<T>(from, i))));
}

template <typename T>
T saturate(int value) {
    return static_cast<T>(
        std::clamp<int>(value, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}

template <typename T>
void compare_equal(Destination to, Source from) {
    each<T>(to, from, [](T a, T b) { return a == b ? -1 : 0; });
}
template <typename T>
void compare_greater(Destination to, Source from) {
    each<T>(to, from, [](T a, T b) { return a > b ? -1 : 0; });
}
template <typename T>
void minimum(Destination to, Source from) {
    each<T>(to, from, [](T a, T b) { return std::min(a, b); });
}
template <typename T>
void maximum(Destination to, Source from) {
    each<T>(to, from, [](T a, T b) { return std::max(a, b); });
}
/// Elements of the destination, then of the source, each made half as wide.
template <typename From, typename To>
void pack(Destination to, Source from) {
    const std::size_t count = to.size() / sizeof(From);
    Buffer result;
    for (std::size_t i = 0; i < 2 * count; ++i)
        put(Destination(result), i, saturate<To>(i < count ? get<From>(to, i) : get<From>(from, i - count)));
    std::copy_n(result.begin(), to.size(), to.begin());
}

}  // namespace calque::soft
