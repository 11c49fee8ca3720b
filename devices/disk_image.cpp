// What all images have in common.
#include "devices/disk_image.hpp"

namespace calque {

bool DiskImage::contains(std::uint64_t sector, std::size_t bytes) const {
    const std::uint64_t count = sector_count();
    return bytes % sector_size == 0 && sector <= count && bytes / sector_size <= count - sector;
}

std::error_code DiskImage::grow(std::uint64_t /*sector_count*/) {
    return make_error_code(read_only() ? std::errc::read_only_file_system
                                       : std::errc::operation_not_supported);
}

}  // namespace calque
