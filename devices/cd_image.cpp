// Blocks of 2048 bytes out of sectors of 512.
#include "devices/cd_image.hpp"

#include <algorithm>
#include <limits>

namespace calque {
namespace {

constexpr std::uint64_t sectors_per_block = cd_block_size / sector_size;

}  // namespace

std::uint32_t CdImage::block_count() const {
    const std::uint64_t blocks = (image_->sector_count() + sectors_per_block - 1) / sectors_per_block;
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(blocks, std::numeric_limits<std::uint32_t>::max()));
}

std::error_code CdImage::read(std::uint32_t block, std::span<std::uint8_t, cd_block_size> bytes) {
    if (block >= block_count()) return make_error_code(std::errc::invalid_argument);
    const std::uint64_t first = block * sectors_per_block;
    const std::uint64_t present = std::min(sectors_per_block, image_->sector_count() - first);
    std::ranges::fill(bytes, std::uint8_t{0});
    return image_->read(first, bytes.first(present * sector_size));
}

}  // namespace calque
