// A fuzzer's bytes, taken from the front.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace calque::test {

/// Zeros once the bytes are used up.
class Input {
public:
    explicit Input(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

    std::uint8_t byte() { return take<std::uint8_t>(); }
    std::uint32_t word() { return take<std::uint32_t>(); }
    bool empty() const { return bytes_.empty(); }
    std::vector<std::uint8_t> rest() const { return {bytes_.begin(), bytes_.end()}; }

private:
    template <typename T>
    T take() {
        T value{};
        const std::size_t size = bytes_.size() < sizeof(T) ? bytes_.size() : sizeof(T);
        if (size) std::memcpy(&value, bytes_.data(), size);
        bytes_ = bytes_.subspan(size);
        return value;
    }
    std::span<const std::uint8_t> bytes_;
};

}  // namespace calque::test
