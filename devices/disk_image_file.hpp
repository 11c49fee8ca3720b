// The file behind an image: transfers at offsets that are whole or fail.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <system_error>

namespace calque {

/// What is wrong with an image that cannot be claimed.
inline constexpr std::string_view disk_image_in_use = "is in use by another drive, machine or program";

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
    /// Takes the file for reading, which others may do as well, or for writing as well, which nobody else
    /// may. False if somebody (or another open image of this process) has it in a way that does not go with
    /// that. Where the host has no locks, nobody has. Lasts as long as the descriptor is open.
    [[nodiscard]] bool claim(bool writes) const;
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
