// The window A0000h-BFFFFh: planes, latches, read and write modes.
#include "vga_fixture.hpp"

#include <doctest/doctest.h>

using namespace calque;

namespace {

struct PlanarFixture : VgaFixture {
    PlanarFixture() { set_mode(planar_640x480); }

    unsigned plane(unsigned number, unsigned address) {
        graphics(4, number);
        return peek(0xA0000 + address);
    }
    void fill(unsigned address, std::array<unsigned, 4> planes) {
        for (unsigned i = 0; i < 4; ++i)
            vga.video_memory().host[address * 4 + i] = static_cast<std::uint8_t>(planes[i]);
    }
    std::array<unsigned, 4> planes(unsigned address) {
        return {plane(0, address), plane(1, address), plane(2, address), plane(3, address)};
    }
    using Planes = std::array<unsigned, 4>;
};

}  // namespace

TEST_CASE_FIXTURE(PlanarFixture, "vga memory: the map mask chooses the planes written") {
    sequencer(2, 0x5);
    poke(0xA0010, 0xC3);
    CHECK(planes(0x10) == Planes{0xC3, 0, 0xC3, 0});
}

TEST_CASE_FIXTURE(PlanarFixture, "vga memory: write mode 0 rotates, sets or resets, combines and masks") {
    fill(0, {0x0F, 0x0F, 0x0F, 0x0F});
    graphics(0, 0x2);  // plane 1 set, plane 0 reset
    graphics(1, 0x3);
    graphics(3, 0x18 | 4);  // XOR, rotated by 4
    graphics(8, 0x3F);
    peek(0xA0000);
    poke(0xA0000, 0xA5);  // 5A rotated
    CHECK(planes(0) == Planes{0x0F, 0x30, 0x15, 0x15});
}

TEST_CASE_FIXTURE(PlanarFixture, "vga memory: AND and OR with the latches") {
    fill(0, {0xF0, 0xF0, 0xF0, 0xF0});
    graphics(3, 0x08);
    peek(0xA0000);
    poke(0xA0001, 0x3C);
    CHECK(plane(0, 1) == 0x30);
    graphics(3, 0x10);
    peek(0xA0000);
    poke(0xA0001, 0x3C);
    CHECK(plane(3, 1) == 0xFC);
}

TEST_CASE_FIXTURE(PlanarFixture, "vga memory: write mode 1 copies the latches") {
    fill(5, {1, 2, 3, 4});
    graphics(5, 1);
    graphics(8, 0);
    peek(0xA0005);
    poke(0xA0009, 0xFF);
    CHECK(planes(9) == Planes{1, 2, 3, 4});
}

TEST_CASE_FIXTURE(PlanarFixture, "vga memory: write mode 2 spreads a colour over the planes") {
    fill(0, {0xFF, 0xFF, 0, 0});
    graphics(5, 2);
    graphics(8, 0xF0);
    peek(0xA0000);
    poke(0xA0000, 0x6);
    CHECK(planes(0) == Planes{0x0F, 0xFF, 0xF0, 0x00});
}

TEST_CASE_FIXTURE(PlanarFixture, "vga memory: write mode 3 masks set/reset by the rotated data") {
    fill(0, {0xFF, 0, 0xFF, 0});
    graphics(0, 0xC);
    graphics(3, 1);
    graphics(5, 3);
    graphics(8, 0x7F);
    peek(0xA0000);
    poke(0xA0000, 0x83);  // C1 rotated, 41 masked
    CHECK(planes(0) == Planes{0xBE, 0x00, 0xFF, 0x41});
}

TEST_CASE_FIXTURE(PlanarFixture, "vga memory: read mode 1 compares colours") {
    fill(0, {0xF0, 0xCC, 0xAA, 0x00});
    graphics(5, 8);
    graphics(2, 0x3);
    graphics(7, 0xF);
    CHECK(peek(0xA0000) == (0xF0 & 0xCC & 0x55));
    graphics(7, 0x1);
    CHECK(peek(0xA0000) == 0xF0);
    graphics(7, 0x0);
    CHECK(peek(0xA0000) == 0xFF);
}

TEST_CASE_FIXTURE(PlanarFixture, "vga memory: wide accesses are bytes in order") {
    memory.write(0xA0020, 0x44332211, 4);
    CHECK(peek(0xA0022) == 0x33);
    CHECK(memory.read(0xA0020, 4) == 0x44332211);
}

TEST_CASE_FIXTURE(VgaFixture, "vga memory: chain-4 spreads addresses over the planes") {
    set_mode(packed_320x200);
    memory.write(0xA0004, 0x44332211, 4);
    CHECK(memory.read(0xA0004, 4) == 0x44332211);
    sequencer(4, 0x06);  // unchained
    graphics(4, 2);
    CHECK(peek(0xA0001) == 0x33);
}

TEST_CASE_FIXTURE(VgaFixture, "vga memory: in text modes even addresses are plane 0 and odd ones plane 1") {
    set_mode(text_80x25);
    memory.write(0xB8000, 0x0741, 2);
    CHECK(memory.read(0xB8000, 2) == 0x0741);
    CHECK(vga.video_memory().host[0] == 0x41);
    CHECK(vga.video_memory().host[1] == 0x07);
}

TEST_CASE_FIXTURE(VgaFixture, "vga memory: graphics register 6 chooses the part of the window") {
    set_mode(text_80x25);
    poke(0xB8000, 'x');
    CHECK(peek(0xA0000) == 0xFF);
    CHECK(peek(0xB0000) == 0xFF);
    graphics(6, 0x0A);  // B0000h
    CHECK(peek(0xB0000) == 'x');
    CHECK(peek(0xB8000) == 0xFF);
    graphics(6, 0x02);  // all 128 KiB
    CHECK(peek(0xA0000) == 'x');
}

TEST_CASE_FIXTURE(VgaFixture, "vga memory: misc output bit 1 takes the memory off the bus") {
    set_mode(text_80x25);
    out(0x3C2, 0x65);
    poke(0xB8000, 'x');
    CHECK(peek(0xB8000) == 0xFF);
    CHECK(vga.video_memory().host[0] == 0);
}
