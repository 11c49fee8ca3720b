// New disk images, empty or with the content of another one.
#pragma once

#include "devices/disk_image.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace calque {

/// What a new image is to be. Errors are std::runtime_error, one line that names the file.
struct NewDiskImage {
    std::string path{};  ///< what is there is replaced, once the new image is whole
    DiskImageFormat format = DiskImageFormat::raw;
    std::uint64_t size = 0;          ///< bytes; rounded up to whole sectors
    std::uint64_t cluster_size = 0;  ///< of qcow2; 0: 64 KiB
    std::string backing_file{};      ///< of qcow2: as written into the image; empty for none
    std::string backing_format{};    ///< empty: what the backing file looks like
};

/// Makes an image that reads as zeros, or as its backing image. A `size` of 0 is the backing image's.
void create_disk_image(NewDiskImage image);

/// Told how much of the disk has been copied, from 0 to 1.
using CopyProgress = std::function<void(double share)>;

/// Makes an image with the content of `from`; `image.size` does not count. What is zeros takes no room.
void convert_disk_image(DiskImage& from, NewDiskImage image, const CopyProgress& progress);

}  // namespace calque
