// Draws the dispi modes: a linear frame buffer of 8 to 32 bits a pixel, or four planes.
#include "devices/vbe.hpp"
#include "devices/vga_palette.hpp"
#include "devices/vga_render.hpp"

#include <bit>
#include <cstring>

namespace calque {
namespace {

/// Widens a component of `bits` bits to eight, full scale to full scale.
std::uint32_t widen(std::uint32_t value, unsigned bits) {
    value &= (1U << bits) - 1;
    return value << (8 - bits) | value >> (2 * bits - 8);
}

std::uint32_t rgb555(std::uint32_t pixel) {
    return widen(pixel >> 10, 5) << 16 | widen(pixel >> 5, 5) << 8 | widen(pixel, 5);
}

std::uint32_t rgb565(std::uint32_t pixel) {
    return widen(pixel >> 11, 5) << 16 | widen(pixel >> 5, 6) << 8 | widen(pixel, 5);
}

/// A pixel of one to four bytes, the least significant first.
template <unsigned Bytes>
std::uint32_t load_pixel(const std::uint8_t* bytes) {
    std::uint32_t value = 0;
    if constexpr (std::endian::native == std::endian::little && Bytes != 3) {
        std::memcpy(&value, bytes, Bytes);
    } else {
        for (unsigned i = 0; i < Bytes; ++i) value |= std::uint32_t{bytes[i]} << 8 * i;
    }
    return value;
}

/// A row of `Bytes`-byte pixels, each turned into a colour by `colour`.
template <unsigned Bytes, typename Colour>
void render_row(VideoMemory memory, std::size_t offset, std::span<std::uint32_t> row, Colour colour) {
    const std::uint8_t* bytes = memory.subspan(offset, Bytes * row.size()).data();
    for (std::uint32_t& pixel : row) {
        pixel = colour(load_pixel<Bytes>(bytes));
        bytes += Bytes;
    }
}

void render_planar_row(const std::array<std::uint32_t, 16>& palette, VideoMemory memory, std::size_t offset,
                       std::span<std::uint32_t> row) {
    for (std::size_t x = 0; x < row.size(); ++x) {
        const auto cell = memory.subspan(offset + x / 8 * 4, 4);
        unsigned value = 0;
        for (unsigned plane = 0; plane < 4; ++plane) value |= (cell[plane] >> (7 - x % 8) & 1U) << plane;
        row[x] = palette[value];
    }
}

}  // namespace

void render_vbe(const VgaState& state, VideoMemory memory, Framebuffer& out) {
    const VbeState& vbe = state.vbe;
    out.resize(vbe_register(vbe, VbeRegister::width), vbe_register(vbe, VbeRegister::height));
    const auto palette = vga_palette_256(state);
    const auto planar_palette = vga_palette_16(state);
    const auto mask = [](std::uint32_t pixel) { return pixel & 0xFF'FFFF; };

    std::size_t offset = vbe_start(vbe);
    for (unsigned y = 0; y < out.height; ++y, offset += vbe_bytes_per_row(vbe)) {
        const std::span<std::uint32_t> row(out.row(y), out.width);
        switch (vbe_register(vbe, VbeRegister::bits_per_pixel)) {
            case 4: render_planar_row(planar_palette, memory, offset, row); break;
            case 8: render_row<1>(memory, offset, row, [&](std::uint32_t i) { return palette[i]; }); break;
            case 15: render_row<2>(memory, offset, row, rgb555); break;
            case 16: render_row<2>(memory, offset, row, rgb565); break;
            case 24: render_row<3>(memory, offset, row, mask); break;
            default: render_row<4>(memory, offset, row, mask); break;
        }
    }
}

}  // namespace calque
