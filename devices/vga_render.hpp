// Draws what the screen shows, from the registers and video memory.
#pragma once

#include "devices/vga_framebuffer.hpp"
#include "devices/vga_geometry.hpp"
#include "devices/vga_state.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace calque {

using VideoMemory = std::span<const std::uint8_t>;

/// The byte of a plane in one of the VGA's 64 Ki cells.
inline std::uint8_t vga_plane(VideoMemory memory, std::uint32_t cell, unsigned plane) {
    return memory[(cell & 0xFFFF) * 4 + plane];
}

/// The whole screen in whatever mode it is; black while it is switched off.
void render_screen(const VgaState& state, VideoMemory memory, std::uint64_t frame, Framebuffer& out);

/// By mode. `frame` counts since power-on and makes cursor and characters blink.
void render_text(const VgaState& state, VideoMemory memory, std::uint64_t frame, Framebuffer& out);
void render_graphics(const VgaState& state, VideoMemory memory, Framebuffer& out);
void render_vbe(const VgaState& state, VideoMemory memory, Framebuffer& out);

/// The characters of a text screen as UTF-8, a string a row; empty in graphics modes.
std::vector<std::string> vga_text(const VgaState& state, VideoMemory memory);

}  // namespace calque
