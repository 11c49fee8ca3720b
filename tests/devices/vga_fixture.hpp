// A VGA on buses of its own, and the register values of the standard modes.
#pragma once

#include "devices/vga.hpp"

#include <array>
#include <initializer_list>

namespace calque {

struct VgaFixture {
    struct FixedTime final : TimeSource {
        Nanoseconds time = 0;
        Nanoseconds now() override { return time; }
    };

    /// The registers that tell one mode from another, in the order of the BIOS's parameter table.
    struct Mode {
        std::uint8_t misc;
        std::array<std::uint8_t, 5> sequencer;
        std::array<std::uint8_t, 25> crtc;
        std::array<std::uint8_t, 9> graphics;
        std::uint8_t attribute_mode;
    };

    FixedTime time;
    Clock clock{time};
    PhysicalMemory memory{1 << 20};
    PortBus ports;
    Vga vga{clock, memory, ports};
    Framebuffer screen;

    void out(std::uint16_t port, unsigned value) { ports.write(port, value, 1); }
    std::uint8_t in(std::uint16_t port) { return static_cast<std::uint8_t>(ports.read(port, 1)); }
    void indexed(std::uint16_t port, unsigned index, unsigned value) {
        ports.write(port, index | value << 8, 2);
    }
    void sequencer(unsigned index, unsigned value) { indexed(0x3C4, index, value); }
    void graphics(unsigned index, unsigned value) { indexed(0x3CE, index, value); }
    void crtc(unsigned index, unsigned value) { indexed(0x3D4, index, value); }
    void attribute(unsigned index, unsigned value) {
        in(0x3DA);
        out(0x3C0, index);
        out(0x3C0, value);
        out(0x3C0, 0x20);
    }
    void colour(unsigned index, unsigned red, unsigned green, unsigned blue) {
        out(0x3C8, index);
        for (const unsigned value : {red, green, blue}) out(0x3C9, value);
    }
    void vbe(unsigned index, unsigned value) {
        ports.write(0x1CE, index, 2);
        ports.write(0x1CF, value, 2);
    }
    unsigned vbe(unsigned index) {
        ports.write(0x1CE, index, 2);
        return ports.read(0x1CF, 2);
    }
    void poke(unsigned address, unsigned value) { memory.write(address, value, 1); }
    unsigned peek(unsigned address) { return static_cast<unsigned>(memory.read(address, 1)); }

    void set_mode(const Mode& mode) {
        out(0x3C2, mode.misc);
        for (unsigned i = 0; i < mode.sequencer.size(); ++i) sequencer(i, mode.sequencer[i]);
        crtc(0x11, 0);
        for (unsigned i = 0; i < mode.crtc.size(); ++i) crtc(i, mode.crtc[i]);
        for (unsigned i = 0; i < mode.graphics.size(); ++i) graphics(i, mode.graphics[i]);
        for (unsigned i = 0; i < 16; ++i) attribute(i, i);
        attribute(0x10, mode.attribute_mode);
        attribute(0x12, 0x0F);
        attribute(0x13, mode.attribute_mode & 4 ? 8 : 0);
        for (unsigned i = 0; i < 16; ++i) colour(i, i, i * 2, i * 3);
    }
    std::uint32_t pixel(unsigned x, unsigned y) {
        vga.render(screen);
        return screen.row(y)[x];
    }
    /// The colour that set_mode gives to an index.
    static std::uint32_t grey(unsigned index) {
        const auto wide = [](unsigned v) { return (v << 2 | v >> 4) & 0xFF; };
        return wide(index) << 16 | wide(index * 2) << 8 | wide(index * 3);
    }

    /// 80x25 text, 720x400.
    static constexpr Mode text_80x25{
        0x67,
        {3, 0x00, 0x03, 0x00, 0x02},
        {0x5F, 0x4F, 0x50, 0x82, 0x55, 0x81, 0xBF, 0x1F, 0x00, 0x4F, 0x0D, 0x0E, 0,
         0,    0,    0,    0x9C, 0x8E, 0x8F, 0x28, 0x1F, 0x96, 0xB9, 0xA3, 0xFF},
        {0, 0, 0, 0, 0, 0x10, 0x0E, 0x0F, 0xFF},
        0x0C};
    /// 320x200 in CGA's four colours.
    static constexpr Mode cga_4{0x63,
                                {3, 0x09, 0x03, 0x00, 0x02},
                                {0x2D, 0x27, 0x28, 0x90, 0x2B, 0x80, 0xBF, 0x1F, 0x00, 0xC1, 0,    0,   0,
                                 0,    0,    0,    0x9C, 0x8E, 0x8F, 0x14, 0x00, 0x96, 0xB9, 0xA2, 0xFF},
                                {0, 0, 0, 0, 0, 0x30, 0x0F, 0x0F, 0xFF},
                                0x01};
    /// 640x480 in 16 colours.
    static constexpr Mode planar_640x480{
        0xE3,
        {3, 0x01, 0x0F, 0x00, 0x06},
        {0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0x0B, 0x3E, 0x00, 0x40, 0,    0,   0,
         0,    0,    0,    0xEA, 0x8C, 0xDF, 0x28, 0x00, 0xE7, 0x04, 0xE3, 0xFF},
        {0, 0, 0, 0, 0, 0x00, 0x05, 0x0F, 0xFF},
        0x01};
    /// 320x200 in 256 colours.
    static constexpr Mode packed_320x200{
        0x63,
        {3, 0x01, 0x0F, 0x00, 0x0E},
        {0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0xBF, 0x1F, 0x00, 0x41, 0,    0,   0,
         0,    0,    0,    0x9C, 0x8E, 0x8F, 0x28, 0x40, 0x96, 0xB9, 0xA3, 0xFF},
        {0, 0, 0, 0, 0, 0x40, 0x05, 0x0F, 0xFF},
        0x41};
};

}  // namespace calque
