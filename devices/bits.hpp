// Bytes within wider values, for register files that are read and written in several sizes.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace calque {

/// Byte `index` of `value`, 0 the least significant.
template <std::integral T>
constexpr std::uint8_t byte_of(T value, unsigned index = 0) {
    return static_cast<std::uint8_t>(value >> 8 * index);
}

/// `old` with the bits of `mask` taken from `value`.
constexpr std::uint8_t merge(std::uint8_t old, std::uint8_t value, std::uint8_t mask) {
    return static_cast<std::uint8_t>((old & ~mask) | (value & mask));
}

constexpr bool bit(std::unsigned_integral auto value, unsigned number) { return value >> number & 1; }

/// `value` with bit `number` set or cleared.
template <std::unsigned_integral T>
constexpr T with_bit(T value, unsigned number, bool set) {
    return static_cast<T>(set ? value | T{1} << number : value & ~(T{1} << number));
}

/// `size` bytes (at most 4) of an array of bytes, least significant first.
template <typename Bytes>
constexpr std::uint32_t load_little_endian(const Bytes& bytes, std::size_t offset, unsigned size) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < size; ++i) value |= std::uint32_t{bytes[offset + i]} << 8 * i;
    return value;
}

template <typename Bytes>
constexpr void store_little_endian(Bytes& bytes, std::size_t offset, std::uint32_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i) bytes[offset + i] = byte_of(value, i);
}

}  // namespace calque
