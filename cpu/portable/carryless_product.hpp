// The product of two polynomials over GF(2) (SDM vol. 2B, "PCLMULQDQ").
#pragma once

#include <array>
#include <cstdint>

namespace calque::soft {

/// Lower half first.
constexpr std::array<std::uint64_t, 2> carryless_product(std::uint64_t left, std::uint64_t right) {
    std::array<std::uint64_t, 2> product{};
    for (unsigned i = 0; i < 64; ++i) {
        if (!(right >> i & 1)) continue;
        product[0] ^= left << i;
        product[1] ^= i ? left >> (64 - i) : 0;
    }
    return product;
}

}  // namespace calque::soft
