// Random registers: every mode there is can be drawn and read, and saved states are checked.
#include "vga_fixture.hpp"

#include <doctest/doctest.h>

#include <random>
#include <stdexcept>

using namespace calque;

namespace {

struct RandomVga : VgaFixture {
    std::minstd_rand random{5};
    unsigned any(unsigned below) { return static_cast<unsigned>(random()) % below; }

    void random_registers() {
        out(0x3C2, any(256));
        crtc(0x11, 0);
        for (unsigned i = 0; i < 0x19; ++i) crtc(i, any(256));
        for (unsigned i = 0; i < 8; ++i) sequencer(i, any(256));
        for (unsigned i = 0; i < 9; ++i) graphics(i, any(256));
        for (unsigned i = 0; i < 0x15; ++i) attribute(i, any(256));
        sequencer(1, any(256) & ~0x20U);
    }
};

}  // namespace

TEST_CASE_FIXTURE(RandomVga, "vga random: any registers can be drawn, and memory be accessed through them") {
    for (unsigned round = 0; round < 150; ++round) {
        random_registers();
        if (round % 3 == 0) {
            for (unsigned i = 0; i < 30; ++i) vbe(1 + any(9), any(0x10000) >> any(16));
        }
        for (unsigned i = 0; i < 200; ++i) {
            const unsigned size = 1U << any(4);
            const unsigned address = 0xA0000 + any(0x20000 - 8);
            memory.write(address, random(), size);
            memory.read(address, size);
        }
        time.time += any(1'000'000'000);
        in(0x3DA);
        vga.render(screen);
        CHECK(screen.pixels.size() == std::size_t{screen.width} * screen.height);
        vga.text_screen();
    }
}

TEST_CASE_FIXTURE(RandomVga, "vga random: wide accesses equal those byte by byte") {
    VgaFixture other;
    for (unsigned round = 0; round < 200; ++round) {
        random_registers();
        if (round % 2) {
            sequencer(2, 0xF);
            sequencer(4, 0xE);
            for (unsigned i = 0; i < 9; ++i) graphics(i, i == 5 ? 0x40 : i == 8 ? 0xFF : 0);
        }
        other.vga.restore(vga.state());
        for (unsigned i = 0; i < 50; ++i) {
            const unsigned size = 1U << any(4);
            const unsigned address = 0xA0000 + any(0x20000 - 8);
            const std::uint64_t value = std::uint64_t{random()} << 32 | random();
            memory.write(address, value, size);
            for (unsigned b = 0; b < size; ++b) other.memory.write(address + b, value >> 8 * b & 0xFF, 1);
            std::uint64_t bytes = 0;
            for (unsigned b = 0; b < size; ++b) bytes |= other.memory.read(address + b, 1) << 8 * b;
            REQUIRE(memory.read(address, size) == bytes);
            REQUIRE(vga.state().latches == other.vga.state().latches);
        }
    }
}

TEST_CASE_FIXTURE(RandomVga, "vga random: damaged states are refused or mended") {
    VgaState state = vga.state();
    state.crtc_index = 0x40;
    CHECK_THROWS_AS(vga.restore(state), std::runtime_error);
    state = VgaFixture().vga.state();
    state.vbe.registers = {0xB0C5, 0xFFFF, 0xFFFF, 77, 1, 9, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF};
    vga.restore(state);
    vga.render(screen);
    CHECK(screen.width <= 4096);
}
