// Chooses how to draw the screen.
#include "devices/vga_render.hpp"

#include "devices/vbe.hpp"

#include <algorithm>

namespace calque {
namespace {

/// Sequencer register 1 bit 5 turns the picture off, and so does a palette that the CPU is loading.
bool blanked(const VgaState& state) { return (state.sequencer[1] & 0x20) || !(state.attribute_index & 0x20); }

}  // namespace

void render_screen(const VgaState& state, VideoMemory memory, std::uint64_t frame, Framebuffer& out) {
    if (vbe_enabled(state.vbe)) {
        render_vbe(state, memory, out);
    } else if (blanked(state)) {
        const VgaGeometry geometry(state);
        out.resize(geometry.width(), geometry.lines);
        std::ranges::fill(out.pixels, 0U);
    } else if (vga_graphics_mode(state)) {
        render_graphics(state, memory, out);
    } else {
        render_text(state, memory, frame, out);
    }
}

}  // namespace calque
