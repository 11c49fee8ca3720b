// The VGA's own graphics modes: 16 colours in planes, CGA's 2 bits a pixel, 256 colours.
#include "devices/vga_palette.hpp"
#include "devices/vga_render.hpp"

#include <algorithm>

namespace calque {
namespace {

using CellPixels = std::array<std::uint32_t, 8>;

/// For each byte its bits in a byte each, the leftmost pixel's in the lowest.
constexpr std::array<std::uint64_t, 256> spread_bits = [] {
    std::array<std::uint64_t, 256> table{};
    for (unsigned byte = 0; byte < table.size(); ++byte) {
        for (unsigned x = 0; x < 8; ++x) table[byte] |= std::uint64_t{byte >> (7 - x) & 1} << 8 * x;
    }
    return table;
}();

class GraphicsScreen {
public:
    GraphicsScreen(const VgaState& state, VideoMemory memory)
        : state_(state),
          memory_(memory),
          geometry_(state),
          palette_(vga_palette_16(state)),
          palette_256_(vga_palette_256(state)) {}

    void render(Framebuffer& out) const;

private:
    CellPixels planar(std::uint32_t cell) const;
    CellPixels interleaved(std::uint32_t cell) const;
    CellPixels packed(std::uint32_t cell) const;
    CellPixels pixels_of(std::uint32_t cell) const;
    std::uint32_t scanned_address(std::uint32_t cell, unsigned row) const;
    void render_line(std::uint32_t cell, unsigned row, unsigned skipped, std::uint32_t* pixels) const;
    unsigned panning(bool below_split) const;

    const VgaState& state_;
    VideoMemory memory_;
    VgaGeometry geometry_;
    std::array<std::uint32_t, 16> palette_;
    std::array<std::uint32_t, 256> palette_256_;
};

/// A bit of each plane a pixel.
CellPixels GraphicsScreen::planar(std::uint32_t cell) const {
    std::uint64_t values = 0;
    for (unsigned plane = 0; plane < 4; ++plane)
        values |= spread_bits[vga_plane(memory_, cell, plane)] << plane;
    CellPixels pixels{};
    for (unsigned x = 0; x < 8; ++x) pixels[x] = palette_[values >> 8 * x & 0xF];
    return pixels;
}

/// Two adjacent bits a pixel: four pixels from the even planes, then four from the odd ones.
CellPixels GraphicsScreen::interleaved(std::uint32_t cell) const {
    CellPixels pixels{};
    for (unsigned x = 0; x < 8; ++x) {
        const unsigned plane = x / 4;
        const unsigned shift = 6 - x % 4 * 2;
        const unsigned low = vga_plane(memory_, cell, plane) >> shift & 3U;
        const unsigned high = vga_plane(memory_, cell, plane + 2) >> shift & 3U;
        pixels[x] = palette_[low | high << 2];
    }
    return pixels;
}

/// A byte a pixel, each two dots wide.
CellPixels GraphicsScreen::packed(std::uint32_t cell) const {
    CellPixels pixels{};
    for (unsigned x = 0; x < 8; ++x) pixels[x] = palette_256_[vga_plane(memory_, cell, x / 2)];
    return pixels;
}

/// Graphics register 5 bits 5 and 6 choose how the planes become pixels.
CellPixels GraphicsScreen::pixels_of(std::uint32_t cell) const {
    if (state_.graphics[5] & 0x40) return packed(cell);
    if (state_.graphics[5] & 0x20) return interleaved(cell);
    return planar(cell);
}

/// CRT controller register 17h bits 0 and 1 put the row's low bits in the place of address bits 13 and 14,
/// as the CGA and Hercules cards had it. In word mode, cells are half as far apart.
std::uint32_t GraphicsScreen::scanned_address(std::uint32_t cell, unsigned row) const {
    const unsigned mode = state_.crtc[0x17];
    const unsigned bit = mode & 0x40 ? 13 : 12;
    if (!(mode & 1)) cell = (cell & ~(1U << bit)) | (row & 1) << bit;
    if (!(mode & 2)) cell = (cell & ~(2U << bit)) | (row >> 1 & 1) << (bit + 1);
    return cell;
}

void GraphicsScreen::render_line(std::uint32_t cell, unsigned row, unsigned skipped,
                                 std::uint32_t* pixels) const {
    const std::uint32_t* const end = pixels + geometry_.width();
    for (; pixels < end; ++cell) {
        const CellPixels source = pixels_of(scanned_address(cell, row));
        for (unsigned x = skipped; x < source.size() && pixels < end; ++x) {
            pixels = std::fill_n(pixels, geometry_.dot_width, source[x]);
        }
        skipped = 0;
    }
}

/// With 256 colours the panning register counts half pixels.
unsigned GraphicsScreen::panning(bool below_split) const {
    if (below_split && (state_.attribute[0x10] & 0x20)) return 0;
    return state_.attribute[0x13] & 7U;
}

void GraphicsScreen::render(Framebuffer& out) const {
    out.resize(geometry_.width(), geometry_.lines);
    VgaScan scan(state_, geometry_);
    for (unsigned y = 0; y < geometry_.lines; ++y, scan.next_line()) {
        render_line(scan.address(), scan.row(), panning(scan.below_split()), out.row(y));
    }
}

}  // namespace

void render_graphics(const VgaState& state, VideoMemory memory, Framebuffer& out) {
    GraphicsScreen(state, memory).render(out);
}

}  // namespace calque
