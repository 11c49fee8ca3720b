// Raw images by pread and pwrite.
#include "devices/disk_image_raw.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace calque {
namespace {

std::error_code last_error() { return {errno, std::generic_category()}; }

bool past_the_end(const DiskImage& image, std::uint64_t sector, std::size_t bytes) {
    const std::uint64_t count = image.sector_count();
    return bytes % sector_size != 0 || sector > count || bytes / sector_size > count - sector;
}

}  // namespace

RawImage::RawImage(int descriptor, std::uint64_t size, bool read_only)
    : descriptor_(descriptor), size_(size), read_only_(read_only) {}

RawImage::~RawImage() { ::close(descriptor_); }

std::error_code RawImage::read(std::uint64_t sector, std::span<std::uint8_t> bytes) {
    if (past_the_end(*this, sector, bytes.size())) return make_error_code(std::errc::invalid_argument);
    auto offset = static_cast<off_t>(sector * sector_size);
    while (!bytes.empty()) {
        const ssize_t count = ::pread(descriptor_, bytes.data(), bytes.size(), offset);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return last_error();
        if (count == 0) break;
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        offset += count;
    }
    // Short only inside the last sector, unless somebody truncated the file meanwhile.
    if (bytes.size() >= sector_size) return make_error_code(std::errc::io_error);
    std::ranges::fill(bytes, std::uint8_t{0});
    return {};
}

std::error_code RawImage::write(std::uint64_t sector, std::span<const std::uint8_t> bytes) {
    if (read_only_) return make_error_code(std::errc::read_only_file_system);
    if (past_the_end(*this, sector, bytes.size())) return make_error_code(std::errc::invalid_argument);
    auto offset = static_cast<off_t>(sector * sector_size);
    while (!bytes.empty()) {
        const ssize_t count = ::pwrite(descriptor_, bytes.data(), bytes.size(), offset);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return last_error();
        if (count == 0) return make_error_code(std::errc::no_space_on_device);
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        offset += count;
    }
    return {};
}

std::error_code RawImage::flush() {
    if (read_only_) return {};
    while (::fdatasync(descriptor_) != 0) {
        if (errno == EINVAL || errno == EROFS) return {};  // a special file that has nothing to sync
        if (errno != EINTR) return last_error();
    }
    return {};
}

}  // namespace calque
