// Sectors of a floppy disk, those that its image lacks among them.
#include "devices/floppy_disk.hpp"

#include <algorithm>
#include <stdexcept>

namespace calque {

FloppyDisk::FloppyDisk(std::unique_ptr<DiskImage> image)
    : image_(std::move(image)), format_(floppy_format_for(image_->sector_count())) {
    if (!format_) throw std::runtime_error("the image is larger than any floppy disk");
}

unsigned FloppyDisk::number(unsigned cylinder, unsigned head, unsigned sector) const {
    return (cylinder * format_->heads + head) * format_->sectors + sector - 1;
}

std::error_code FloppyDisk::read(unsigned number, Sector bytes) {
    std::ranges::fill(bytes, std::uint8_t{0});
    return number < image_->sector_count() ? image_->read(number, bytes) : std::error_code{};
}

std::error_code FloppyDisk::write(unsigned number, ConstSector bytes) {
    if (number >= image_->sector_count()) {
        if (const std::error_code error = image_->grow(format_->sector_count())) return error;
    }
    return image_->write(number, bytes);
}

}  // namespace calque
