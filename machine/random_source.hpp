// Random numbers for the guest.
#pragma once

#include <bit>
#include <cstdint>
#include <random>

namespace calque {

/// What a repeatable run has in their stead: as good as any to a guest, and a function of one number.
constexpr std::uint64_t scattered(std::uint64_t number) {
    constexpr std::uint64_t odd = 0x9e37'79b9'7f4a'7c15;  // 2^64 divided by the golden ratio
    number *= odd;
    number ^= std::rotl(number, 23) ^ std::rotl(number, 47);
    number *= odd;
    return number ^ number >> 32;
}

/// The host's.
class HostRandom {
public:
    std::uint64_t operator()() { return std::uint64_t{device_()} << 32 | device_(); }

private:
    std::random_device device_;
};

}  // namespace calque
