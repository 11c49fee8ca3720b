// What all images have in common.
#include "devices/disk_image.hpp"

namespace calque {

std::string_view name_of(DiskImageFormat format) { return format == DiskImageFormat::raw ? "raw" : "qcow2"; }

std::optional<DiskImageFormat> disk_image_format(std::string_view name) {
    for (const DiskImageFormat format : {DiskImageFormat::raw, DiskImageFormat::qcow2}) {
        if (name_of(format) == name) return format;
    }
    return std::nullopt;
}

bool DiskImage::contains(std::uint64_t sector, std::size_t bytes) const {
    const std::uint64_t count = sector_count();
    return bytes % sector_size == 0 && sector <= count && bytes / sector_size <= count - sector;
}

std::error_code DiskImage::grow(std::uint64_t /*sector_count*/) {
    return make_error_code(read_only() ? std::errc::read_only_file_system
                                       : std::errc::operation_not_supported);
}

}  // namespace calque
