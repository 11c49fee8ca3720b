// The attribute controller's palette and the DAC.
#include "devices/vga_palette.hpp"

#include "devices/vbe.hpp"

namespace calque {

std::uint32_t vga_dac_colour(const VgaState& state, unsigned index) {
    std::uint32_t colour = 0;
    for (unsigned i = 0; i < 3; ++i) {
        const unsigned value = state.dac[index * 3 + i];
        const unsigned component = vbe_dac_8bit(state.vbe) ? value : (value << 2 | value >> 4) & 0xFF;
        colour = colour << 8 | component;
    }
    return colour;
}

std::array<std::uint32_t, 256> vga_palette_256(const VgaState& state) {
    std::array<std::uint32_t, 256> palette{};
    for (unsigned i = 0; i < palette.size(); ++i) {
        palette[i] = vga_dac_colour(state, i & state.dac_mask);
    }
    return palette;
}

/// Attribute register 14h supplies DAC index bits 6-7 and, with register 10h bit 7, bits 4-5.
std::array<std::uint32_t, 16> vga_palette_16(const VgaState& state) {
    const unsigned select = state.attribute[0x14];
    std::array<std::uint32_t, 16> palette{};
    for (unsigned i = 0; i < palette.size(); ++i) {
        unsigned index = state.attribute[i & state.attribute[0x12]];
        if (state.attribute[0x10] & 0x80) index = (index & 0x0F) | (select & 3) << 4;
        index |= (select >> 2 & 3) << 6;
        palette[i] = vga_dac_colour(state, index & state.dac_mask);
    }
    return palette;
}

}  // namespace calque
