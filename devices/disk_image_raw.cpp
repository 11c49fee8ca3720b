// Raw images.
#include "devices/disk_image_raw.hpp"

#include <algorithm>

namespace calque {

// A file that somebody truncates under a running guest must not turn into zeros unnoticed.
std::error_code RawImage::read(std::uint64_t sector, std::span<std::uint8_t> bytes) {
    if (!contains(sector, bytes.size())) return make_error_code(std::errc::invalid_argument);
    return error_of([&] {
        if (file_.size() < size_) throw std::system_error(make_error_code(std::errc::io_error));
        file_.read(sector * sector_size, bytes);
    });
}

std::error_code RawImage::write(std::uint64_t sector, std::span<const std::uint8_t> bytes) {
    if (read_only_) return make_error_code(std::errc::read_only_file_system);
    if (!contains(sector, bytes.size())) return make_error_code(std::errc::invalid_argument);
    return error_of([&] { file_.write(sector * sector_size, bytes); });
}

std::error_code RawImage::flush() {
    if (read_only_) return {};
    return error_of([&] { file_.sync(); });
}

std::error_code RawImage::grow(std::uint64_t sector_count) {
    if (read_only_) return make_error_code(std::errc::read_only_file_system);
    if (sector_count <= this->sector_count()) return {};
    return error_of([&] {
        file_.resize(sector_count * sector_size);
        size_ = sector_count * sector_size;
    });
}

std::uint64_t RawImage::next_data(std::uint64_t sector) {
    return std::min(file_.next_data(sector * sector_size) / sector_size, sector_count());
}

}  // namespace calque
