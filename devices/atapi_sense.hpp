// Why a packet command failed: sense key, additional code, qualifier (MMC, "Sense key definitions").
#pragma once

#include "devices/ata_state.hpp"

namespace calque::atapi_sense {

inline constexpr AtapiSense no_medium{2, 0x3A, 0x01};
inline constexpr AtapiSense tray_open{2, 0x3A, 0x02};
inline constexpr AtapiSense read_error{3, 0x11, 0x00};
inline constexpr AtapiSense invalid_command{5, 0x20, 0x00};
inline constexpr AtapiSense block_out_of_range{5, 0x21, 0x00};
inline constexpr AtapiSense invalid_field{5, 0x24, 0x00};
inline constexpr AtapiSense no_saved_parameters{5, 0x39, 0x00};
inline constexpr AtapiSense removal_prevented{5, 0x53, 0x02};
inline constexpr AtapiSense medium_changed{6, 0x28, 0x00};
inline constexpr AtapiSense transfer_aborted{0xB, 0x00, 0x00};

}  // namespace calque::atapi_sense
