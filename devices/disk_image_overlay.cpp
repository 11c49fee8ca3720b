// The overlay of `--discard-writes`.
#include "devices/disk_image_overlay.hpp"

#include <algorithm>
#include <new>

namespace calque {

std::error_code OverlayImage::read(std::uint64_t sector, std::span<std::uint8_t> bytes) {
    if (!contains(sector, bytes.size())) return make_error_code(std::errc::invalid_argument);
    if (const std::error_code error = read_base(sector, bytes)) return error;
    const std::uint64_t end = sector + bytes.size() / sector_size;
    for (auto it = written_.lower_bound(sector); it != written_.end() && it->first < end; ++it) {
        std::ranges::copy(it->second, bytes.subspan((it->first - sector) * sector_size).begin());
    }
    return {};
}

/// What was grown is not in the image below.
std::error_code OverlayImage::read_base(std::uint64_t sector, std::span<std::uint8_t> bytes) {
    const std::uint64_t below = base_->sector_count() - std::min(sector, base_->sector_count());
    const std::size_t present = std::min<std::uint64_t>(below * sector_size, bytes.size());
    std::ranges::fill(bytes.subspan(present), std::uint8_t{0});
    return present ? base_->read(sector, bytes.first(present)) : std::error_code{};
}

std::error_code OverlayImage::grow(std::uint64_t sector_count) {
    sector_count_ = std::max(sector_count_, sector_count);
    return {};
}

std::error_code OverlayImage::write(std::uint64_t sector, std::span<const std::uint8_t> bytes) {
    if (!contains(sector, bytes.size())) return make_error_code(std::errc::invalid_argument);
    const std::uint64_t count = bytes.size() / sector_size;
    try {
        for (std::uint64_t i = 0; i < count; ++i) {
            std::ranges::copy(bytes.subspan(i * sector_size, sector_size), written_[sector + i].begin());
        }
    } catch (const std::bad_alloc&) {
        return make_error_code(std::errc::not_enough_memory);
    }
    return {};
}

}  // namespace calque
