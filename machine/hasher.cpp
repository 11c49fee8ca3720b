// Multiply and rotate, in four independent lanes where there is much to hash.
#include "machine/hasher.hpp"

#include <array>
#include <bit>

namespace calque {

namespace {

constexpr std::uint64_t multiplier = 0xd6e8'feb8'6659'fd93;  // odd, with well spread bits

constexpr std::uint64_t stir(std::uint64_t state, std::uint64_t word) {
    return std::rotl((state ^ word) * multiplier, 29);
}

std::uint64_t load_word(const std::uint8_t* bytes, std::size_t size) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < size; ++i) word |= std::uint64_t{bytes[i]} << 8 * i;
    return word;
}

}  // namespace

void Hasher::mix(std::uint64_t word) { state_ = stir(state_, word); }

void Hasher::add(std::span<const std::uint8_t> bytes) {
    mix(bytes.size());
    std::array<std::uint64_t, 4> lanes{1, 2, 3, 4};
    while (bytes.size() >= 32) {
        for (std::size_t lane = 0; lane < 4; ++lane)
            lanes[lane] = stir(lanes[lane], load_word(bytes.data() + 8 * lane, 8));
        bytes = bytes.subspan(32);
    }
    for (const std::uint64_t lane : lanes) mix(lane);
    for (; !bytes.empty(); bytes = bytes.subspan(std::min<std::size_t>(bytes.size(), 8)))
        mix(load_word(bytes.data(), std::min<std::size_t>(bytes.size(), 8)));
}

std::uint64_t Hasher::value() const {
    std::uint64_t value = state_;
    value = (value ^ value >> 32) * multiplier;
    value = (value ^ value >> 29) * multiplier;
    return value ^ value >> 32;
}

std::uint64_t hash_of_bytes(std::span<const std::uint8_t> bytes) {
    Hasher hasher;
    hasher.add(bytes);
    return hasher.value();
}

}  // namespace calque
