// Which failures are the host's, and how they are put.
#include "devices/disk_image_watched.hpp"

#include <fmt/format.h>

#include <utility>

namespace calque {
namespace {

bool is_of_guest(std::error_code error) {
    return error == std::errc::invalid_argument || error == std::errc::read_only_file_system ||
           error == std::errc::operation_not_supported;
}

}  // namespace

std::error_code WatchedImage::read(std::uint64_t sector, std::span<std::uint8_t> bytes) {
    return watched(reading, image_->read(sector, bytes));
}

std::error_code WatchedImage::write(std::uint64_t sector, std::span<const std::uint8_t> bytes) {
    return watched(writing, image_->write(sector, bytes));
}

std::error_code WatchedImage::flush() { return watched(flushing, image_->flush()); }

std::error_code WatchedImage::grow(std::uint64_t sector_count) {
    return watched(writing, image_->grow(sector_count));
}

std::error_code WatchedImage::watched(Access access, std::error_code error) {
    static constexpr std::array participles{"read", "written", "flushed"};
    if (error && !is_of_guest(error) && !std::exchange(told_[access], true))
        tell_(fmt::format("disk image '{}' cannot be {}: {} (the guest is told)", name_, participles[access],
                          error.message()));
    return error;
}

}  // namespace calque
