// A 64-bit hash of machine state: equal states have equal hashes, on every host and under every engine.
#pragma once

#include "machine/archive.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace calque {

class Hasher final : public Archive<Hasher> {
public:
    void number(std::string_view, std::uint64_t& value, unsigned) { mix(value); }
    void bytes(std::string_view, std::span<std::uint8_t> bytes) { add(bytes); }
    std::size_t count(std::string_view, std::size_t present) {
        mix(present);
        return present;
    }

    void add(std::span<const std::uint8_t> bytes);
    std::uint64_t value() const;

private:
    void mix(std::uint64_t word);

    std::uint64_t state_ = 0x9e37'79b9'7f4a'7c15;
};

/// The hash of anything that has a description.
template <typename T>
std::uint64_t hash_of(T state) {
    Hasher hasher;
    hasher("", state);
    return hasher.value();
}

std::uint64_t hash_of_bytes(std::span<const std::uint8_t> bytes);

}  // namespace calque
