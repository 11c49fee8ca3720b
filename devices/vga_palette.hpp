// Colours: from a value in video memory through the attribute controller and the DAC to the screen.
#pragma once

#include "devices/vga_state.hpp"

#include <array>
#include <cstdint>

namespace calque {

/// A DAC entry as 00RRGGBB, the pixel mask not applied.
std::uint32_t vga_dac_colour(const VgaState& state, unsigned index);

/// The screen's colour for each 8-bit pixel value.
std::array<std::uint32_t, 256> vga_palette_256(const VgaState& state);

/// The screen's colour for each of the 16 attribute values.
std::array<std::uint32_t, 16> vga_palette_16(const VgaState& state);

}  // namespace calque
