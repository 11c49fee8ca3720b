// A file given for direct booting, read with bounds checks.
#include "machine/boot_image.hpp"

#include <stdexcept>

namespace calque {

std::span<const std::uint8_t> BootImage::slice(std::uint64_t offset, std::uint64_t size) const {
    if (offset > bytes_.size() || size > bytes_.size() - offset) {
        fail("the file is truncated");
    }
    return bytes_.subspan(offset, size);
}

void BootImage::fail(const std::string& defect) const { throw std::runtime_error(name_ + ": " + defect); }

}  // namespace calque
