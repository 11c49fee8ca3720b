// Cylinders, heads and sectors: how a disk of so many sectors counts as one of the old time.
#pragma once

#include "devices/disk_image.hpp"

#include <cstdint>

namespace calque {

struct DiskGeometry {
    std::uint16_t cylinders = 0;
    std::uint16_t heads = 0;
    std::uint16_t sectors = 0;  ///< a track

    bool operator==(const DiskGeometry&) const = default;
};

/// What the drive says of itself and what the BIOS makes of it. A drive has at most 16383 cylinders and 16
/// heads, INT 13h takes at most 1024 and 255, both 63 sectors.
struct DiskGeometries {
    DiskGeometry drive;
    DiskGeometry bios;

    bool translated() const { return drive != bios; }
};

/// If the disk has a partition table, the geometry with which it was made, which addresses on the disk are
/// made for; else 16 heads and 63 sectors and, above 1024 cylinders, the LBA-assisted translation ("Enhanced
/// Disk Drive Specification"). A disk that cannot be read counts as empty.
DiskGeometries disk_geometries(DiskImage& image);

}  // namespace calque
