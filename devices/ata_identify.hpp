// The 512 bytes with which a drive says what it is and what it can do.
#pragma once

#include "devices/ata_state.hpp"
#include "devices/disk_geometry.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace calque {

using AtaIdentity = std::array<std::uint16_t, 256>;

inline constexpr unsigned largest_multiple = 16;

/// `geometry` is the default translation.
AtaIdentity identify_disk(const AtaDriveState& state, std::uint64_t sector_count,
                          const DiskGeometry& geometry, std::string_view serial);
AtaIdentity identify_cdrom(const AtaDriveState& state, std::string_view serial);

}  // namespace calque
