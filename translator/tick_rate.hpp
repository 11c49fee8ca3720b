// The host's time stamp counter as a clock for intervals of nanoseconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <x86intrin.h>

namespace calque {

class TickRate {
public:
    static std::uint64_t now() { return __rdtsc(); }
    /// By what both clocks did since this object was made.
    double seconds(std::uint64_t ticks) const {
        const auto elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_);
        return static_cast<double>(ticks) * elapsed.count() / static_cast<double>(now() - first_ + 1);
    }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::uint64_t first_ = now();
};

}  // namespace calque
