// Geometry by the partition table, or by size.
#include "devices/disk_geometry.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

namespace calque {
namespace {

constexpr std::uint64_t most_drive_cylinders = 16383, most_bios_cylinders = 1024;
constexpr unsigned most_drive_heads = 16, most_bios_heads = 255, most_sectors = 63;

DiskGeometry with_cylinders(std::uint64_t sector_count, unsigned heads, unsigned sectors,
                            std::uint64_t most) {
    const std::uint64_t cylinder = std::uint64_t{heads} * sectors;
    const std::uint64_t cylinders = std::clamp<std::uint64_t>(sector_count / cylinder, 1, most);
    return {static_cast<std::uint16_t>(cylinders), static_cast<std::uint16_t>(heads),
            static_cast<std::uint16_t>(sectors)};
}

DiskGeometry drive_by_size(std::uint64_t sector_count) {
    return with_cylinders(sector_count, most_drive_heads, most_sectors, most_drive_cylinders);
}

/// As few of 16, 32, 64, 128 and 255 heads as leave at most 1024 cylinders.
DiskGeometry bios_by_size(std::uint64_t sector_count) {
    unsigned heads = most_drive_heads;
    while (heads < most_bios_heads && sector_count / (heads * most_sectors) > most_bios_cylinders)
        heads = std::min(2 * heads, most_bios_heads);
    return with_cylinders(sector_count, heads, most_sectors, most_bios_cylinders);
}

/// One of the four entries of a partition table.
class Partition {
public:
    explicit Partition(std::span<const std::uint8_t, 16> entry) : entry_(entry) {}

    bool used() const { return entry_[4] != 0 && dword(12) != 0; }
    /// As they are if the partition ends with a cylinder, as those of the old time do.
    unsigned heads() const { return entry_[5] + 1U; }
    unsigned sectors() const { return entry_[6] & 0x3F; }
    /// Do its first and its last sector have the addresses that they would have in this geometry?
    bool agrees(unsigned heads, unsigned sectors) const {
        const std::uint64_t first = dword(8);
        return is_at(1, first, heads, sectors) && is_at(5, first + dword(12) - 1, heads, sectors);
    }

private:
    std::uint32_t dword(std::size_t offset) const {
        std::uint32_t value = 0;
        for (std::size_t i = 4; i-- > 0;) value = value << 8 | entry_[offset + i];
        return value;
    }
    /// What lies behind the last cylinder that has an address has any address in that one.
    bool is_at(std::size_t offset, std::uint64_t number, unsigned heads, unsigned sectors) const {
        const unsigned cylinder = entry_[offset + 2] | (entry_[offset + 1] & 0xC0U) << 2;
        const std::uint64_t track = number / sectors;
        if (track / heads >= most_bios_cylinders) return cylinder == most_bios_cylinders - 1;
        return cylinder == track / heads && entry_[offset] == track % heads &&
               (entry_[offset + 1] & 0x3F) == number % sectors + 1;
    }

    std::span<const std::uint8_t, 16> entry_;
};

std::optional<DiskGeometry> geometry_by(const Partition& partition, std::uint64_t sector_count) {
    if (!partition.used()) return std::nullopt;
    const std::array candidates{std::pair{partition.heads(), partition.sectors()},
                                std::pair{most_bios_heads, most_sectors}};
    for (const auto& [heads, sectors] : candidates) {
        if (heads > most_bios_heads || sectors == 0 || !partition.agrees(heads, sectors)) continue;
        return with_cylinders(sector_count, heads, sectors, most_drive_cylinders);
    }
    return std::nullopt;
}

std::optional<DiskGeometry> geometry_by_partitions(DiskImage& image) {
    constexpr std::size_t first_entry = 0x1BE, entry_size = 16, signature = 0x1FE;
    std::array<std::uint8_t, sector_size> table{};
    if (image.sector_count() == 0 || image.read(0, table)) return std::nullopt;
    if (table[signature] != 0x55 || table[signature + 1] != 0xAA) return std::nullopt;
    for (std::size_t entry = first_entry; entry < signature; entry += entry_size) {
        const Partition partition{std::span(table).subspan(entry).first<entry_size>()};
        if (const auto found = geometry_by(partition, image.sector_count())) return found;
    }
    return std::nullopt;
}

}  // namespace

DiskGeometries disk_geometries(DiskImage& image) {
    const std::uint64_t size = image.sector_count();
    DiskGeometry bios = bios_by_size(size);
    DiskGeometry drive = drive_by_size(size);
    if (const auto found = geometry_by_partitions(image)) {
        bios = *found;
        if (found->heads <= most_drive_heads) drive = *found;
    }
    bios.cylinders = std::min<std::uint16_t>(bios.cylinders, most_bios_cylinders);
    return {drive, bios};
}

}  // namespace calque
