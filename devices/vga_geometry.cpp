// Decodes the CRT controller's registers. Terms as in the IBM VGA's technical reference.
#include "devices/vga_geometry.hpp"

#include "devices/vbe.hpp"

#include <algorithm>

namespace calque {
namespace {

/// Bits of a vertical count: eight in a register of their own, the others in overflow registers.
unsigned vertical(const VgaState& state, unsigned reg, unsigned bit8, unsigned bit9) {
    const unsigned overflow = state.crtc[0x07];
    return state.crtc[reg] | (overflow >> bit8 & 1U) << 8 | (overflow >> bit9 & 1U) << 9;
}

unsigned lines_shown(const VgaState& state) { return vertical(state, 0x12, 1, 6) + 1; }

unsigned line_compare_of(const VgaState& state) {
    return state.crtc[0x18] | (state.crtc[0x07] >> 4 & 1U) << 8 | (state.crtc[0x09] >> 6 & 1U) << 9;
}

/// What the beam does in a frame, in dots and lines.
struct Raster {
    std::uint64_t dots_per_second;
    unsigned dots_per_line;
    unsigned dots_shown;
    unsigned lines;
    unsigned lines_shown;
    unsigned retrace_start;
    unsigned retrace_lines;
};

constexpr Raster standard_raster{25'175'000, 800, 640, 525, 480, 490, 2};

Raster raster_of(const VgaState& state) {
    const unsigned dots = state.sequencer[1] & 1 ? 8 : 9;
    const unsigned halved = state.sequencer[1] & 8 ? 2 : 1;
    const unsigned total = vertical(state, 0x06, 0, 5) + 2;
    const unsigned retrace = vertical(state, 0x10, 2, 7);
    return {
        .dots_per_second = (state.misc_output >> 2 & 3) == 1 ? 28'322'000U : 25'175'000U,
        .dots_per_line = (state.crtc[0] + 5U) * dots * halved,
        .dots_shown = (state.crtc[1] + 1U) * dots * halved,
        .lines = total,
        .lines_shown = lines_shown(state),
        .retrace_start = retrace,
        .retrace_lines = ((state.crtc[0x11] - retrace) & 0xFU) ? (state.crtc[0x11] - retrace) & 0xFU : 16};
}

/// A frame that has a retrace and a blank part of each line, so that loops that wait for them end.
bool plausible(const Raster& raster) {
    return raster.dots_shown < raster.dots_per_line && raster.lines_shown < raster.lines &&
           raster.retrace_start >= raster.lines_shown && raster.retrace_start < raster.lines;
}

}  // namespace

VgaGeometry::VgaGeometry(const VgaState& state)
    : columns(state.crtc[0x01] + 1U),
      dots(state.sequencer[1] & 1 || vga_graphics_mode(state) ? 8 : 9),
      dot_width(state.sequencer[1] & 8 ? 2 : 1),
      lines(lines_shown(state)),
      scans((state.crtc[0x09] & 0x1FU) + 1),
      double_scan(state.crtc[0x09] & 0x80),
      start(std::uint32_t{state.crtc[0x0C]} << 8 | state.crtc[0x0D]),
      row_step(state.crtc[0x13] * 2U),
      line_compare(line_compare_of(state)) {
    start += state.crtc[0x08] >> 5 & 3;
}

VgaScan::VgaScan(const VgaState& state, const VgaGeometry& geometry)
    : geometry_(geometry), address_(geometry.start), row_(state.crtc[0x08] & 0x1FU) {}

void VgaScan::next_line() {
    ++line_;
    if (line_ == geometry_.line_compare + 1) {
        address_ = 0;
        row_ = 0;
        repeated_ = false;
        return;
    }
    if (geometry_.double_scan && !repeated_) {
        repeated_ = true;
        return;
    }
    repeated_ = false;
    if (row_ + 1 != geometry_.scans) {
        row_ = (row_ + 1) & 0x1F;
        return;
    }
    row_ = 0;
    address_ += geometry_.row_step;
}

bool vga_graphics_mode(const VgaState& state) { return vbe_enabled(state.vbe) || (state.graphics[6] & 1); }

VgaBeam vga_beam(const VgaState& state, Nanoseconds now) {
    Raster raster = raster_of(state);
    if (vbe_enabled(state.vbe) || !plausible(raster)) raster = standard_raster;

    const auto time = static_cast<std::uint64_t>(now);
    constexpr std::uint64_t second = nanoseconds_per_second;
    const std::uint64_t dot =
        time / second * raster.dots_per_second + time % second * raster.dots_per_second / second;
    const std::uint64_t line = dot / raster.dots_per_line;
    const std::uint64_t y = line % raster.lines;
    return {.frame = line / raster.lines,
            .displaying = y < raster.lines_shown && dot % raster.dots_per_line < raster.dots_shown,
            .vertical_retrace = y >= raster.retrace_start && y < raster.retrace_start + raster.retrace_lines,
            .pictures = line / raster.lines + (y >= raster.lines_shown)};
}

}  // namespace calque
