// A CD's data track: a disk image seen as blocks of 2048 bytes.
#pragma once

#include "devices/disk_image.hpp"

#include <memory>
#include <span>
#include <system_error>

namespace calque {

inline constexpr std::uint32_t cd_block_size = 2048;

class CdImage {
public:
    explicit CdImage(std::unique_ptr<DiskImage> image) : image_(std::move(image)) {}

    std::uint32_t block_count() const;
    /// A last block that the image holds only a part of is filled up with zeros.
    [[nodiscard]] std::error_code read(std::uint32_t block, std::span<std::uint8_t, cd_block_size> bytes);

private:
    std::unique_ptr<DiskImage> image_;
};

}  // namespace calque
