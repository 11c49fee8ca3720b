// A set of interrupt vectors, as a local APIC keeps its requests.
#pragma once

#include "devices/bits.hpp"

#include <array>
#include <bit>
#include <cstdint>

namespace calque {

struct VectorSet {
    std::array<std::uint32_t, 8> words{};

    void set(std::uint8_t vector, bool present = true) {
        words[vector / 32U] = with_bit(words[vector / 32U], vector % 32U, present);
    }
    bool holds(std::uint8_t vector) const { return bit(words[vector / 32U], vector % 32U); }
    /// The greatest vector, 0 where there is none: no such vector is ever requested.
    std::uint8_t highest() const {
        for (unsigned i = 8; i-- > 0;)
            if (words[i])
                return static_cast<std::uint8_t>(32 * i + 31 - unsigned(std::countl_zero(words[i])));
        return 0;
    }
};

template <typename Archive>
void describe(Archive& archive, VectorSet& vectors) {
    archive("words", vectors.words);
}

}  // namespace calque
