// Text modes: pixels of characters, the cursor, blinking, and the characters as text.
#include "vga_fixture.hpp"

#include <doctest/doctest.h>

using namespace calque;

namespace {

struct TextFixture : VgaFixture {
    TextFixture() {
        set_mode(text_80x25);
        crtc(0x0A, 0x20);  // no cursor
        glyph(0, 'A', 3, 0x81);
        glyph(0, 0xC4, 7, 0xFF);
        glyph(0x4000, 'A', 3, 0x18);
    }
    /// A row of a glyph, into plane 2 behind the guest's back.
    void glyph(unsigned font, unsigned character, unsigned row, unsigned dots) {
        vga.video_memory().host[(font + character * 32 + row) * 4 + 2] = static_cast<std::uint8_t>(dots);
    }
    void put(unsigned x, unsigned y, unsigned character, unsigned attribute) {
        memory.write(0xB8000 + (y * 80 + x) * 2, character | attribute << 8, 2);
    }
};

}  // namespace

TEST_CASE_FIXTURE(TextFixture, "vga text: a character's dots have its colours") {
    put(2, 1, 'A', 0x1E);
    CHECK(pixel(18, 16 + 3) == grey(14));
    CHECK(pixel(19, 16 + 3) == grey(1));
    CHECK(pixel(25, 16 + 3) == grey(14));
    CHECK(pixel(26, 16 + 3) == grey(1));  // the ninth dot
    CHECK(pixel(18, 16 + 4) == grey(1));
    CHECK(screen.width == 720);
    CHECK(screen.height == 400);
}

TEST_CASE_FIXTURE(TextFixture, "vga text: line-drawing characters extend into the ninth dot") {
    put(0, 0, 0xC4, 0x07);
    CHECK(pixel(8, 7) == grey(7));
    attribute(0x10, 0x08);
    CHECK(pixel(8, 7) == grey(0));
}

TEST_CASE_FIXTURE(TextFixture, "vga text: eight dots a character make 640 pixels") {
    sequencer(1, 1);
    put(1, 0, 'A', 0x07);
    CHECK(pixel(8, 3) == grey(7));
    CHECK(pixel(15, 3) == grey(7));
    CHECK(screen.width == 640);
}

TEST_CASE_FIXTURE(TextFixture, "vga text: 40 columns have wide dots") {
    sequencer(1, 8);
    crtc(0x11, 0x0E);
    crtc(1, 39);
    crtc(0x13, 20);
    put(0, 0, 'A', 0x07);
    CHECK(pixel(0, 3) == grey(7));
    CHECK(pixel(1, 3) == grey(7));
    CHECK(pixel(2, 3) == grey(0));
    CHECK(screen.width == 720);
}

TEST_CASE_FIXTURE(TextFixture, "vga text: attribute bit 3 selects a second font") {
    sequencer(3, 0x04);
    put(0, 0, 'A', 0x0F);
    CHECK(pixel(0, 3) == grey(0));
    CHECK(pixel(3, 3) == grey(15));
}

TEST_CASE_FIXTURE(TextFixture, "vga text: attribute bit 7 blinks, or is part of the background") {
    put(0, 0, 'A', 0x87);
    CHECK(pixel(0, 3) == grey(7));
    CHECK(pixel(1, 3) == grey(0));
    time.time = nanoseconds_per_second * 40 / 70;
    CHECK(pixel(0, 3) == grey(0));
    attribute(0x10, 0x04);
    CHECK(pixel(0, 3) == grey(7));
    CHECK(pixel(1, 3) == grey(8));
}

TEST_CASE_FIXTURE(TextFixture, "vga text: the cursor covers its lines half of the time") {
    put(1, 0, ' ', 0x07);
    crtc(0x0F, 1);
    crtc(0x0A, 13);
    crtc(0x0B, 14);
    CHECK(pixel(9, 12) == grey(0));
    CHECK(pixel(9, 13) == grey(7));
    CHECK(pixel(17, 14) == grey(7));
    CHECK(pixel(9, 15) == grey(0));
    CHECK(pixel(18, 14) == grey(0));
    time.time = nanoseconds_per_second * 20 / 70;
    CHECK(pixel(9, 13) == grey(0));
    time.time = 0;
    crtc(0x0A, 0x20 | 13);
    CHECK(pixel(9, 13) == grey(0));
}

TEST_CASE_FIXTURE(TextFixture, "vga text: the start address scrolls, the line compare splits") {
    put(0, 0, 'A', 0x07);
    crtc(0x0D, 80);
    CHECK(pixel(0, 3) == grey(0));
    crtc(0x07, 0x0F);  // line compare 159: the screen below starts at address 0
    crtc(0x09, 0x0F);
    crtc(0x18, 159);
    CHECK(pixel(0, 160 + 3) == grey(7));
    CHECK(vga.text_screen()[10].starts_with("A"));
}

TEST_CASE_FIXTURE(TextFixture, "vga text: panning moves the picture left by dots") {
    put(0, 0, 'A', 0x07);
    attribute(0x13, 0);  // one dot of nine
    CHECK(pixel(6, 3) == grey(7));
    CHECK(pixel(0, 3) == grey(0));
    crtc(8, 2);
    CHECK(pixel(6, 1) == grey(7));
}

TEST_CASE_FIXTURE(TextFixture, "vga text: a blanked screen is black") {
    put(0, 0, 'A', 0x77);
    CHECK(pixel(0, 3) == grey(7));
    sequencer(1, 0x20);
    CHECK(pixel(0, 3) == 0);
    CHECK(screen.height == 400);
}

TEST_CASE_FIXTURE(TextFixture, "vga text: characters come out as UTF-8") {
    CHECK(vga.text_screen().size() == 25);
    CHECK(vga.text_screen()[0] == std::string(80, ' '));
    const std::string text = "Hi \xC9\x9C~";
    for (unsigned i = 0; i < text.size(); ++i) put(i, 24, static_cast<unsigned char>(text[i]), 0x07);
    CHECK(vga.text_screen()[24].starts_with("Hi ╔£~ "));
    CHECK_FALSE(vga.graphics_mode());
    graphics(6, 0x0F);
    CHECK(vga.graphics_mode());
    CHECK(vga.text_screen().empty());
}
