// The VGA's ports: index and data pairs, the attribute flip-flop, the DAC, the status register.
#include "bench_clock.hpp"
#include "vga_fixture.hpp"

#include <doctest/doctest.h>

using namespace calque;

TEST_CASE_FIXTURE(VgaFixture, "vga: an index and its data may be written as a word") {
    graphics(8, 0x5A);
    CHECK(in(0x3CE) == 8);
    CHECK(in(0x3CF) == 0x5A);
}

TEST_CASE_FIXTURE(VgaFixture, "vga: register bits that do not exist read as 0") {
    sequencer(2, 0xFF);
    CHECK(in(0x3C5) == 0x0F);
    graphics(4, 0xFF);
    CHECK(in(0x3CF) == 0x03);
}

TEST_CASE_FIXTURE(VgaFixture, "vga: misc output moves the CRT controller between 3Dxh and 3Bxh") {
    out(0x3C2, 0x67);
    crtc(0x0F, 0x42);
    CHECK(in(0x3D5) == 0x42);
    CHECK(in(0x3B5) == 0xFF);
    out(0x3C2, 0x66);
    CHECK(in(0x3D5) == 0xFF);
    CHECK(in(0x3B5) == 0x42);
    CHECK(in(0x3CC) == 0x66);
}

TEST_CASE_FIXTURE(VgaFixture, "vga: CRTC registers 0-7 can be protected, but for the line compare bit") {
    crtc(0, 0x5F);
    crtc(7, 0x00);
    crtc(0x11, 0x80);
    crtc(0, 0x11);
    CHECK(in(0x3D5) == 0x5F);
    crtc(7, 0xFF);
    CHECK(in(0x3D5) == 0x10);
}

TEST_CASE_FIXTURE(VgaFixture,
                  "vga: the attribute port takes index and data in turn until the status is read") {
    in(0x3DA);
    out(0x3C0, 0x33);
    out(0x3C0, 0x07);
    CHECK(in(0x3C0) == 0x33);
    CHECK(in(0x3C1) == 0x07);
    out(0x3C0, 0x02);
    in(0x3DA);
    out(0x3C0, 0x05);
    out(0x3C0, 0x3F);
    out(0x3C0, 0x22);
    CHECK(in(0x3C1) == 0x00);
    in(0x3DA);
    out(0x3C0, 0x25);
    CHECK(in(0x3C1) == 0x3F);
}

TEST_CASE_FIXTURE(VgaFixture, "vga: DAC colours take three writes and count up") {
    out(0x3C8, 10);
    for (unsigned value = 1; value <= 5; ++value) out(0x3C9, value);
    out(0x3C7, 10);
    CHECK(in(0x3C7) == 3);
    for (unsigned value = 1; value <= 3; ++value) CHECK(in(0x3C9) == value);
    CHECK(in(0x3C9) == 0);  // the second colour lacks its third component
    out(0x3C8, 0);
    CHECK(in(0x3C7) == 0);
}

TEST_CASE_FIXTURE(VgaFixture, "vga: DAC components have 6 bits unless dispi widens them") {
    colour(1, 0xFF, 0, 0);
    out(0x3C7, 1);
    CHECK(in(0x3C9) == 0x3F);
    vbe(4, 0x20);
    colour(1, 0xFF, 0, 0);
    out(0x3C7, 1);
    CHECK(in(0x3C9) == 0xFF);
}

TEST_CASE_FIXTURE(VgaFixture, "vga: the status shows vertical retrace once a frame, inside the blank") {
    set_mode(text_80x25);
    unsigned retraces = 0;
    bool before = false;
    for (time.time = 0; time.time < nanoseconds_per_second; time.time += 5'000) {
        const unsigned status = in(0x3DA);
        const bool retrace = status & 8;
        if (retrace) CHECK((status & 1) == 1);
        if (retrace && !before) ++retraces;
        before = retrace;
    }
    CHECK(retraces == 70);
}

TEST_CASE_FIXTURE(VgaFixture, "vga: retrace comes round whatever the registers hold") {
    for (const unsigned value : {0x00U, 0xFFU}) {
        crtc(0x11, 0);
        for (unsigned i = 0; i < 0x19; ++i) crtc(i, i == 0x11 ? 0 : value);
        bool on = false;
        bool off = false;
        for (time.time = 0; time.time < 50'000'000; time.time += 2'000) {
            (in(0x3DA) & 8 ? on : off) = true;
        }
        CHECK(on);
        CHECK(off);
    }
}

TEST_CASE_FIXTURE(VgaFixture,
                  "vga: the vertical retrace interrupt is pending from the end of a picture until cleared") {
    constexpr Nanoseconds millisecond = 1'000'000;  // a frame has 14.27, the picture 12.71 of them
    const auto pending_at = [&](Nanoseconds at) {
        time.time = at;
        CHECK((in(0x3C2) & 0x7F) == 0x10);
        return in(0x3C2) >> 7;
    };
    set_mode(text_80x25);  // leaves bit 4 of register 11h clear
    CHECK(pending_at(20 * millisecond) == 0);
    crtc(0x11, 0x9E);
    CHECK(pending_at(26 * millisecond) == 0);
    CHECK(pending_at(28 * millisecond) == 1);
    CHECK(pending_at(36 * millisecond) == 1);
    crtc(0x11, 0x8E);
    CHECK(pending_at(56 * millisecond) == 0);
    crtc(0x11, 0x9E);
    CHECK(pending_at(68 * millisecond) == 0);
    const VgaState waiting = through_archive(vga.state());
    CHECK(pending_at(70 * millisecond) == 1);
    const VgaState pending = through_archive(vga.state());
    vga.restore(waiting);
    CHECK(pending_at(69 * millisecond) == 0);
    vga.restore(pending);
    CHECK(pending_at(69 * millisecond) == 1);
    crtc(0x11, 0xBE);  // disabled: what is pending stays so
    CHECK(pending_at(71 * millisecond) == 1);
    crtc(0x11, 0xAE), crtc(0x11, 0xBE);
    CHECK(pending_at(90 * millisecond) == 0);
}

TEST_CASE_FIXTURE(VgaFixture, "vga: another timetable of the beam is not the end of a picture") {
    set_mode(text_80x25);
    time.time = 145'000'000;  // in the eleventh frame
    crtc(0x11, 0x9E);
    sequencer(1, 0x09);  // half the dot clock
    CHECK(in(0x3C2) == 0x10);
    vbe(1, 640), vbe(2, 480), vbe(4, 1);
    CHECK(in(0x3C2) == 0x10);
    time.time = 175'000'000;
    sequencer(1, 0x01);
    CHECK(in(0x3C2) == 0x90);
}

TEST_CASE_FIXTURE(VgaFixture, "vga: reset clears the registers and keeps the memory") {
    set_mode(text_80x25);
    poke(0xB8000, 'A');
    vga.reset();
    CHECK(vga.state().crtc[1] == 0);
    CHECK(vbe(0) == 0xB0C5);
    CHECK(vga.video_memory().host[0] == 'A');
}
