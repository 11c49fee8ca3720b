// pread, pwrite and fdatasync, repeated until they are through.
#include "devices/disk_image_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <limits>
#include <unistd.h>
#include <utility>

namespace calque {
namespace {

[[noreturn]] void throw_error(int number) { throw std::system_error(number, std::generic_category()); }

// QEMU's advisory locks, so that its programs and this one respect each other (block/file-posix.c): whoever
// has a right holds byte 100 + right, whoever does not grant it to others byte 200 + right; both as shared
// locks.
enum Right : std::uint8_t { consistent_read = 0, write_data = 1, change_size = 3 };
constexpr off_t held_rights = 100, refused_rights = 200;

/// Neither readers nor writers want the content to change under them.
constexpr std::array refused{write_data, change_size};

struct flock lock_of(short type, off_t byte) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = byte;
    lock.l_len = 1;
    return lock;
}

void hold(int descriptor, off_t byte) {
    const struct flock lock = lock_of(F_RDLCK, byte);
    ::fcntl(descriptor, F_OFD_SETLK, &lock);
}

bool somebody_holds(int descriptor, off_t byte) {
    struct flock lock = lock_of(F_WRLCK, byte);
    return ::fcntl(descriptor, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

}  // namespace

bool ImageFile::claim(bool writes) const {
    std::array wanted{consistent_read, write_data, change_size};
    const auto rights = std::span(wanted).first(writes ? wanted.size() : 1);
    for (const Right right : rights) hold(descriptor_, held_rights + right);
    for (const Right right : refused) hold(descriptor_, refused_rights + right);
    const auto taken = [this](off_t byte) { return somebody_holds(descriptor_, byte); };
    return std::ranges::none_of(rights, taken, [](Right right) { return refused_rights + right; }) &&
           std::ranges::none_of(refused, taken, [](Right right) { return held_rights + right; });
}

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
