// CRC32 with the polynomial 11EDC6F41H, which the instruction has bit-reflected (SDM vol. 2A, "CRC32").
#pragma once

#include <array>
#include <concepts>
#include <cstdint>

namespace calque::soft {

namespace detail {
inline constexpr std::array<std::uint32_t, 256> crc32c_table = [] {
    constexpr std::uint32_t reflected_polynomial = 0x82f6'3b78;
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
        std::uint32_t remainder = byte;
        for (int bit = 0; bit < 8; ++bit)
            remainder = remainder >> 1 ^ (remainder & 1 ? reflected_polynomial : 0);
        table[byte] = remainder;
    }
    return table;
}();
}  // namespace detail

template <std::unsigned_integral T>
std::uint32_t crc32c(std::uint32_t crc, T data) {
    for (unsigned i = 0; i < sizeof(T); ++i)
        crc = crc >> 8 ^ detail::crc32c_table[(crc ^ static_cast<std::uint32_t>(data) >> 8 * i) & 0xff];
    return crc;
}

}  // namespace calque::soft
