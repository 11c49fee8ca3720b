// What the CRT controller's registers mean: sizes, addresses and where the beam is.
#pragma once

#include "devices/clock.hpp"
#include "devices/vga_state.hpp"

#include <cstdint>

namespace calque {

/// The picture as the CRT controller scans it out of video memory. Addresses count cells of four planes.
struct VgaGeometry {
    explicit VgaGeometry(const VgaState& state);

    unsigned columns;        ///< characters (or cells of graphics) a line
    unsigned dots;           ///< pixels a character: 8 or 9
    unsigned dot_width;      ///< screen pixels a dot: 2 where the dot clock is halved
    unsigned lines;          ///< lines on the screen
    unsigned scans;          ///< memory rows or glyph rows: each is scanned so many times ...
    bool double_scan;        ///< ... and each of these twice
    std::uint32_t start;     ///< of the picture
    std::uint32_t row_step;  ///< from one row to the next
    unsigned line_compare;   ///< the picture starts again from address 0 below this line

    unsigned width() const { return columns * dots * dot_width; }
};

/// Memory address and row within the character for each line from the top of the screen.
class VgaScan {
public:
    VgaScan(const VgaState& state, const VgaGeometry& geometry);
    std::uint32_t address() const { return address_; }
    unsigned row() const { return row_; }
    /// Is this the first line of a row of characters?
    bool starts_row() const { return row_ == 0 && !repeated_; }
    bool below_split() const { return line_ > geometry_.line_compare; }
    void next_line();

private:
    const VgaGeometry& geometry_;
    unsigned line_ = 0;
    std::uint32_t address_;
    unsigned row_;
    bool repeated_ = false;
};

/// Is the screen in a graphics mode, high-resolution ones included?
bool vga_graphics_mode(const VgaState& state);

/// Where the beam is at an instant.
struct VgaBeam {
    std::uint64_t frame;  ///< since power-on, for what blinks
    bool displaying;      ///< inside the picture
    bool vertical_retrace;
    std::uint64_t pictures;  ///< shown down to their last line, since power-on
};
VgaBeam vga_beam(const VgaState& state, Nanoseconds now);

}  // namespace calque
