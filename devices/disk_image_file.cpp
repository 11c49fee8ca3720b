// pread, pwrite and fdatasync, repeated until they are through.
#include "devices/disk_image_file.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <unistd.h>
#include <utility>

namespace calque {
namespace {

[[noreturn]] void throw_error(int number) { throw std::system_error(number, std::generic_category()); }

}  // namespace

ImageFile::ImageFile(ImageFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

ImageFile::~ImageFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

void ImageFile::read(std::uint64_t offset, std::span<std::uint8_t> bytes) const {
    while (!bytes.empty()) {
        const ssize_t count = ::pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw_error(errno);
        if (count == 0) break;
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
    std::ranges::fill(bytes, std::uint8_t{0});
}

void ImageFile::write(std::uint64_t offset, std::span<const std::uint8_t> bytes) const {
    while (!bytes.empty()) {
        const ssize_t count = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw_error(errno);
        if (count == 0) throw_error(ENOSPC);
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
}

std::uint64_t ImageFile::size() const {
    const off_t size = ::lseek(descriptor_, 0, SEEK_END);
    if (size < 0) throw_error(errno);
    return static_cast<std::uint64_t>(size);
}

void ImageFile::resize(std::uint64_t size) const {
    while (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) {
        if (errno != EINTR) throw_error(errno);
    }
}

void ImageFile::sync() const {
    while (::fdatasync(descriptor_) != 0) {
        if (errno == EINVAL || errno == EROFS) return;  // a special file that has nothing to sync
        if (errno != EINTR) throw_error(errno);
    }
}

std::uint64_t ImageFile::next_data(std::uint64_t offset) const {
    const off_t found = ::lseek(descriptor_, static_cast<off_t>(offset), SEEK_DATA);
    if (found >= 0) return static_cast<std::uint64_t>(found);
    return errno == ENXIO ? std::numeric_limits<std::uint64_t>::max() : offset;
}

}  // namespace calque
