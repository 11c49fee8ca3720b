// A floppy disk: an image seen as cylinders, heads and sectors.
#pragma once

#include "devices/disk_image.hpp"
#include "devices/floppy_format.hpp"

#include <memory>

namespace calque {

/// An image that is smaller than its format reads as zeros past its end and grows to the whole when something
/// is written there.
class FloppyDisk {
public:
    using Sector = std::span<std::uint8_t, sector_size>;
    using ConstSector = std::span<const std::uint8_t, sector_size>;

    /// Throws std::runtime_error, one line, if the image is larger than any floppy disk.
    explicit FloppyDisk(std::unique_ptr<DiskImage> image);

    const FloppyFormat& format() const { return *format_; }
    bool read_only() const { return image_->read_only(); }
    /// `sector` counts from 1 and lies within the format, as the others do.
    unsigned number(unsigned cylinder, unsigned head, unsigned sector) const;
    [[nodiscard]] std::error_code read(unsigned number, Sector bytes);
    [[nodiscard]] std::error_code write(unsigned number, ConstSector bytes);

private:
    std::unique_ptr<DiskImage> image_;
    const FloppyFormat* format_;
};

}  // namespace calque
