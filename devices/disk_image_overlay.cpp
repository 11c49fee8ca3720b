// The overlay of `--discard-writes`.
#include "devices/disk_image_overlay.hpp"

#include <algorithm>
#include <new>

namespace calque {

std::error_code OverlayImage::read(std::uint64_t sector, std::span<std::uint8_t> bytes) {
    if (const std::error_code error = base_->read(sector, bytes)) return error;
    const std::uint64_t end = sector + bytes.size() / sector_size;
    for (auto it = written_.lower_bound(sector); it != written_.end() && it->first < end; ++it) {
        std::ranges::copy(it->second, bytes.subspan((it->first - sector) * sector_size).begin());
    }
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
