// A file given for direct booting, read with bounds checks.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace calque {

/// A boot file's name (for messages) and bytes, read as little-endian numbers.
///
/// A read past the end throws `std::runtime_error` that names the file and says it is truncated.
class BootImage {
public:
    BootImage() = default;
    BootImage(std::string name, std::span<const std::uint8_t> bytes)
        : name_(std::move(name)), bytes_(bytes) {}

    const std::string& name() const { return name_; }
    std::size_t size() const { return bytes_.size(); }
    std::span<const std::uint8_t> bytes() const { return bytes_; }

    template <std::unsigned_integral T>
    T read(std::size_t offset) const {
        std::uint64_t value = 0;
        const auto from = slice(offset, sizeof(T));
        for (std::size_t i = sizeof(T); i-- > 0;) {
            value = value << 8 | from[i];
        }
        return static_cast<T>(value);
    }

    std::span<const std::uint8_t> slice(std::uint64_t offset, std::uint64_t size) const;

    /// Throws `std::runtime_error("NAME: DEFECT")`.
    [[noreturn]] void fail(const std::string& defect) const;

private:
    std::string name_;
    std::span<const std::uint8_t> bytes_;
};

}  // namespace calque
