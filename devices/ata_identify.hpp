// The 512 bytes with which a drive says what it is and what it can do.
#pragma once

#include "devices/ata_state.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace calque {

using AtaIdentity = std::array<std::uint16_t, 256>;

/// The default CHS translation of a disk.
struct AtaGeometry {
    std::uint16_t cylinders = 0;
    std::uint16_t heads = 0;
    std::uint16_t sectors = 0;
};
AtaGeometry default_geometry(std::uint64_t sector_count);

inline constexpr unsigned largest_multiple = 16;

AtaIdentity identify_disk(const AtaDriveState& state, std::uint64_t sector_count, std::string_view serial);
AtaIdentity identify_cdrom(const AtaDriveState& state, std::string_view serial);

}  // namespace calque
