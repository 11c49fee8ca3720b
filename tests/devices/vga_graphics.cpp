// Graphics modes: the VGA's own and the dispi interface's, pixel by pixel.
#include "devices/vga_pci.hpp"
#include "vga_fixture.hpp"

#include <doctest/doctest.h>

using namespace calque;

namespace {

struct VbeFixture : VgaFixture {
    void set_vbe(unsigned width, unsigned height, unsigned bits, unsigned flags = 0x41) {
        vbe(4, 0);
        vbe(1, width);
        vbe(2, height);
        vbe(3, bits);
        vbe(4, flags);
    }
    void store(std::size_t offset, std::uint32_t value, unsigned bytes) {
        for (unsigned i = 0; i < bytes; ++i) {
            vga.video_memory().host[offset + i] = static_cast<std::uint8_t>(value >> 8 * i);
        }
    }
};

}  // namespace

TEST_CASE_FIXTURE(VgaFixture, "vga graphics: 16 colours, a bit of each plane a pixel") {
    set_mode(planar_640x480);
    sequencer(2, 0xA);
    poke(0xA0000 + 80 + 1, 0x40);
    CHECK(pixel(9, 1) == grey(10));
    CHECK(pixel(8, 1) == grey(0));
    CHECK(screen.width == 640);
    CHECK(screen.height == 480);
}

TEST_CASE_FIXTURE(VgaFixture, "vga graphics: attribute palette, colour plane enable and colour select") {
    set_mode(planar_640x480);
    sequencer(2, 0xA);
    poke(0xA0000, 0x80);
    attribute(0x12, 0x7);
    CHECK(pixel(0, 0) == grey(2));
    attribute(2, 5);
    CHECK(pixel(0, 0) == grey(5));
    attribute(0x14, 0x4);
    colour(0x45, 0x3F, 0, 0);
    CHECK(pixel(0, 0) == 0xFF0000);
    out(0x3C6, 0x0F);
    CHECK(pixel(0, 0) == grey(5));
}

TEST_CASE_FIXTURE(VgaFixture, "vga graphics: 256 colours, each pixel two dots wide and two lines high") {
    set_mode(packed_320x200);
    colour(200, 0x3F, 0x20, 0);
    poke(0xA0000 + 320 + 3, 200);
    CHECK(pixel(6, 2) == 0xFF8200);
    CHECK(pixel(7, 3) == 0xFF8200);
    CHECK(pixel(8, 3) == grey(0));
    CHECK(pixel(6, 4) == grey(0));
    CHECK(screen.width == 640);
    CHECK(screen.height == 400);
}

TEST_CASE_FIXTURE(VgaFixture, "vga graphics: mode X is 256 colours in planes") {
    set_mode(packed_320x200);
    sequencer(4, 0x06);
    crtc(0x14, 0);
    crtc(0x17, 0xE3);
    crtc(0x0C, 0x40);
    sequencer(2, 0x4);
    poke(0xA4000 + 80, 7);
    CHECK(pixel(4, 2) == grey(7));
    CHECK(pixel(3, 2) == grey(0));
}

TEST_CASE_FIXTURE(VgaFixture, "vga graphics: CGA's four colours, odd lines 2000h further") {
    set_mode(cga_4);
    poke(0xB8000, 0x1B);
    poke(0xBA001, 0xC0);
    for (unsigned x = 0; x < 4; ++x) CHECK(pixel(2 * x, 0) == grey(x));
    CHECK(pixel(8, 2) == grey(3));
    CHECK(pixel(8, 1) == grey(0));
    CHECK(screen.width == 640);
    CHECK(screen.height == 400);
}

TEST_CASE_FIXTURE(VbeFixture, "vbe: the id, capabilities and the size of the memory") {
    CHECK(vbe(0) == 0xB0C5);
    vbe(0, 0xB0C2);
    CHECK(vbe(0) == 0xB0C2);
    vbe(0, 0x1234);
    CHECK(vbe(0) == 0xB0C2);
    CHECK(vbe(10) == 256);
    vbe(4, 2);
    CHECK(vbe(1) >= 1600);
    CHECK(vbe(3) == 32);
}

TEST_CASE_FIXTURE(VbeFixture, "vbe: each depth has its pixels") {
    struct Case {
        unsigned bits, bytes;
        std::uint32_t value, colour;
    };
    for (const Case& c : {Case{15, 2, 0x7C1F, 0xFF00FF}, Case{16, 2, 0x07E1, 0x00FF08},
                          Case{24, 3, 0x123456, 0x123456}, Case{32, 4, 0xFF654321, 0x654321}}) {
        CAPTURE(c.bits);
        set_vbe(64, 48, c.bits);
        store((64 * 2 + 5) * c.bytes, c.value, c.bytes);
        CHECK(pixel(5, 2) == c.colour);
        CHECK(pixel(6, 2) == 0);
        CHECK(screen.width == 64);
        CHECK(screen.height == 48);
        CHECK(vga.graphics_mode());
    }
}

TEST_CASE_FIXTURE(VbeFixture, "vbe: 8 bits a pixel go through the DAC, of 6 or 8 bits") {
    set_vbe(64, 48, 8);
    colour(9, 0x3F, 0x01, 0);
    store(0, 9, 1);
    CHECK(pixel(0, 0) == 0xFF0400);
    set_vbe(64, 48, 8, 0x61);
    colour(9, 0xAB, 0xCD, 0xEF);
    store(0, 9, 1);
    CHECK(pixel(0, 0) == 0xABCDEF);
}

TEST_CASE_FIXTURE(VbeFixture, "vbe: 4 bits a pixel are planes behind the window") {
    set_mode(planar_640x480);
    set_vbe(800, 600, 4, 0x01);
    sequencer(2, 0x9);
    poke(0xA0000 + 100 + 2, 0x20);
    CHECK(pixel(18, 1) == grey(9));
    CHECK(screen.width == 800);
    CHECK(screen.height == 600);
}

TEST_CASE_FIXTURE(VbeFixture, "vbe: a mode set clears the memory unless told to keep it") {
    set_vbe(64, 48, 32);
    store(0, 0x112233, 4);
    set_vbe(64, 48, 32, 0xC1);
    CHECK(pixel(0, 0) == 0x112233);
    set_vbe(64, 48, 32);
    CHECK(pixel(0, 0) == 0);
}

TEST_CASE_FIXTURE(VbeFixture, "vbe: the window shows the bank selected") {
    set_vbe(1024, 768, 8, 0x01);
    vbe(5, 3);
    memory.write(0xA0010, 0xBEEF, 2);
    CHECK(vga.video_memory().host[0x30010] == 0xEF);
    CHECK(memory.read(0xA0010, 2) == 0xBEEF);
    vbe(5, 0);
    CHECK(peek(0xA0010) == 0);
}

TEST_CASE_FIXTURE(VbeFixture, "vbe: a virtual screen is shown from an offset") {
    set_vbe(64, 48, 32);
    vbe(6, 128);
    CHECK(vbe(7) == 32768);
    vbe(8, 16);
    vbe(9, 10);
    store((128 * 12 + 17) * 4, 0x00FF00, 4);
    CHECK(pixel(1, 2) == 0x00FF00);
}

TEST_CASE_FIXTURE(VbeFixture, "vbe: no register can put the picture outside the memory") {
    for (const unsigned bits : {0U, 4U, 8U, 24U, 32U, 99U}) {
        CAPTURE(bits);
        set_vbe(0xFFFF, 0xFFFF, bits);
        vbe(6, 0xFFFF);
        vbe(8, 0xFFFF);
        vbe(9, 0xFFFF);
        vga.render(screen);
        CHECK(screen.pixels.size() > 0);
        set_vbe(0, 0, bits);
        vga.render(screen);
        CHECK(screen.width == 8);
    }
}

TEST_CASE_FIXTURE(VbeFixture, "vga pci: frame buffer, register page and ROM appear at their BARs") {
    const std::vector<std::uint8_t> rom{0x55, 0xAA, 0x40};
    VgaPci card(vga, memory, rom);
    CHECK(card.config_read(0, 4) == 0x11111234);
    card.config_write(0x10, 0xFFFFFFFF, 4);
    CHECK(card.config_read(0x10, 4) == 0xFF000008);
    card.config_write(0x10, 0xE0000000, 4);
    card.config_write(0x18, 0xF0000000, 4);
    card.config_write(0x30, 0xF0100001, 4);
    card.config_write(4, 3, 2);

    set_vbe(64, 48, 32);
    memory.write(0xE0000000 + 4, 0xABCDEF, 4);
    CHECK(pixel(1, 0) == 0xABCDEF);
    CHECK(memory.read(0xF0000500, 2) == 0xB0C5);
    CHECK(memory.read(0xF0000502, 2) == 64);
    memory.write(0xF0000502, 32, 2);
    CHECK(vbe(1) == 32);
    memory.write(0xF000040E, 0x0506, 2);  // ports 3CEh and 3CFh
    CHECK(in(0x3CF) == 5);
    CHECK(memory.read(0xF0000600, 4) == 8);
    CHECK(memory.read(0xF0000604, 4) == 0x1E1E1E1E);
    memory.write(0xF0000604, 0xBEBEBEBE, 4);
    CHECK(memory.read(0xF0000604, 4) == 0xBEBEBEBE);
    CHECK(memory.read(0xF0100000, 2) == 0xAA55);

    const VgaPci::State saved = card.state();
    card.reset();
    CHECK(memory.read(0xE0000004, 4) == 0xFFFFFFFF);
    card.restore(saved);
    CHECK(memory.read(0xE0000004, 4) == 0xABCDEF);
}
