// The file behind an image: transfers at offsets that are whole or fail.
#pragma once

#include <cstdint>
#include <span>
#include <system_error>

namespace calque {

/// Owns a descriptor. Each function throws std::system_error when the host fails.
class ImageFile {
public:
    explicit ImageFile(int descriptor) : descriptor_(descriptor) {}
    ~ImageFile();
    ImageFile(ImageFile&& other) noexcept;
    ImageFile& operator=(ImageFile&&) = delete;

    /// What lies past the end reads as zeros.
    void read(std::uint64_t offset, std::span<std::uint8_t> bytes) const;
    void write(std::uint64_t offset, std::span<const std::uint8_t> bytes) const;
    std::uint64_t size() const;
    void resize(std::uint64_t size) const;
    void sync() const;
    /// Where the next bytes are that the host has allocated; beyond the end if there are none.
    std::uint64_t next_data(std::uint64_t offset) const;

private:
    int descriptor_;
};

/// Runs something that throws std::system_error and returns its error instead.
template <typename Function>
std::error_code error_of(Function&& function) {
    try {
        function();
    } catch (const std::system_error& error) {
        return error.code();
    }
    return {};
}

}  // namespace calque
