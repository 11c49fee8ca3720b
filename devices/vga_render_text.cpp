// Text modes: character and attribute in planes 0 and 1, the font in plane 2.
#include "devices/vga_palette.hpp"
#include "devices/vga_render.hpp"

#include <algorithm>

namespace calque {
namespace {

constexpr std::uint64_t cursor_blink_frames = 16;
constexpr std::uint64_t character_blink_frames = 32;

/// Where in plane 2 one of the eight fonts begins: 0, 16K, 32K, 48K, then 8K, 24K, 40K, 56K.
std::uint32_t font_offset(unsigned number) { return (number & 3) * 0x4000 + (number >> 2 & 1) * 0x2000; }

class TextScreen {
public:
    TextScreen(const VgaState& state, VideoMemory memory, std::uint64_t frame)
        : state_(state),
          memory_(memory),
          geometry_(state),
          palette_(vga_palette_16(state)),
          cursor_on_(!(frame / cursor_blink_frames & 1)),
          blink_on_(!(frame / character_blink_frames & 1)) {
        const unsigned select = state.sequencer[3];
        fonts_[0] = font_offset((select & 3) | (select >> 2 & 4));
        fonts_[1] = font_offset((select >> 2 & 3) | (select >> 3 & 4));
    }

    void render(Framebuffer& out) const;

private:
    struct Glyph {
        unsigned dots;  ///< the leftmost in bit 8
        std::uint32_t foreground;
        std::uint32_t background;
    };
    Glyph glyph_row(std::uint32_t cell, unsigned row) const;
    unsigned font_dots(unsigned character, unsigned font, unsigned row) const;
    bool cursor_at(std::uint32_t cell, unsigned row) const;
    void render_line(std::uint32_t cell, unsigned row, unsigned skipped_dots, std::uint32_t* pixels) const;
    unsigned panning(bool below_split) const;

    const VgaState& state_;
    VideoMemory memory_;
    VgaGeometry geometry_;
    std::array<std::uint32_t, 16> palette_;
    std::array<std::uint32_t, 2> fonts_{};
    bool cursor_on_;
    bool blink_on_;
};

/// A ninth dot is background, but for the line-drawing characters C0h-DFh, where it repeats the eighth.
unsigned TextScreen::font_dots(unsigned character, unsigned font, unsigned row) const {
    const unsigned dots = vga_plane(memory_, fonts_[font] + character * 32 + row, 2) * 2U;
    const bool extended = (state_.attribute[0x10] & 4) && (character & 0xE0) == 0xC0;
    return dots | (extended ? dots >> 1 & 1 : 0);
}

bool TextScreen::cursor_at(std::uint32_t cell, unsigned row) const {
    if (!cursor_on_ || (state_.crtc[0x0A] & 0x20)) return false;
    const std::uint32_t position = std::uint32_t{state_.crtc[0x0E]} << 8 | state_.crtc[0x0F];
    return (cell & 0xFFFF) == position && row >= (state_.crtc[0x0A] & 0x1FU) &&
           row <= (state_.crtc[0x0B] & 0x1FU);
}

TextScreen::Glyph TextScreen::glyph_row(std::uint32_t cell, unsigned row) const {
    const unsigned character = vga_plane(memory_, cell, 0);
    const unsigned attribute = vga_plane(memory_, cell, 1);
    const bool blink_enabled = state_.attribute[0x10] & 8;
    const std::uint32_t background = palette_[attribute >> 4 & (blink_enabled ? 7 : 15)];
    std::uint32_t foreground = palette_[attribute & 15];

    unsigned dots = font_dots(character, attribute & 8 ? 1 : 0, row);
    if ((attribute & 7) == 1 && row == (state_.crtc[0x14] & 0x1FU)) dots = 0x1FF;
    if (blink_enabled && (attribute & 0x80) && !blink_on_) dots = 0;
    if (cursor_at(cell, row)) dots = 0x1FF;
    return {dots, foreground, background};
}

/// Draws one line, `skipped_dots` of whose first character have been panned off the left edge.
void TextScreen::render_line(std::uint32_t cell, unsigned row, unsigned skipped_dots,
                             std::uint32_t* pixels) const {
    const std::uint32_t* const end = pixels + geometry_.width();
    for (; pixels < end; ++cell) {
        const Glyph glyph = glyph_row(cell, row);
        for (unsigned dot = skipped_dots; dot < geometry_.dots && pixels < end; ++dot) {
            const bool lit = glyph.dots >> (8 - dot) & 1;
            pixels = std::fill_n(pixels, geometry_.dot_width, lit ? glyph.foreground : glyph.background);
        }
        skipped_dots = 0;
    }
}

/// Attribute register 13h; with 9 dots a character, 8 stands for no panning.
unsigned TextScreen::panning(bool below_split) const {
    if (below_split && (state_.attribute[0x10] & 0x20)) return 0;
    const unsigned value = state_.attribute[0x13] & 0xF;
    if (geometry_.dots == 9) return value >= 8 ? 0 : value + 1;
    return value & 7;
}

void TextScreen::render(Framebuffer& out) const {
    out.resize(geometry_.width(), geometry_.lines);
    VgaScan scan(state_, geometry_);
    for (unsigned y = 0; y < geometry_.lines; ++y, scan.next_line()) {
        render_line(scan.address(), scan.row(), panning(scan.below_split()), out.row(y));
    }
}

}  // namespace

void render_text(const VgaState& state, VideoMemory memory, std::uint64_t frame, Framebuffer& out) {
    TextScreen(state, memory, frame).render(out);
}

}  // namespace calque
