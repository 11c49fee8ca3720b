// What can be said of an image file without opening what it refers to.
#pragma once

#include "devices/disk_image.hpp"

#include <cstdint>
#include <string>

namespace calque {

struct DiskImageInfo {
    DiskImageFormat format = DiskImageFormat::raw;
    std::uint64_t virtual_size = 0;  ///< of the disk, in bytes
    std::uint64_t actual_size = 0;   ///< that the host has allocated for the file, in bytes

    // qcow2 only.
    unsigned version = 0;  ///< 2 or 3
    std::uint64_t cluster_size = 0;
    std::uint32_t snapshots = 0;
    bool dirty = false;
    std::string backing_file{};    ///< as written in the image; empty for none
    std::string backing_path{};    ///< where that is, seen from here
    std::string backing_format{};  ///< empty: not said
};

/// Throws as open_disk_image does.
DiskImageInfo inspect_disk_image(const std::string& path);

}  // namespace calque
