// The Sound Blaster 16: what drivers ask it, transfers and interrupts in guest time, ADPCM, the mixer.
#include "devices/sound_blaster16.hpp"

#include "tests/devices/bench_clock.hpp"
#include "tests/devices/sound_fixture.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <stdexcept>

using namespace calque;

namespace {

constexpr Nanoseconds millisecond = 1'000'000;
constexpr std::uint32_t buffer = 0x1'0000, words_buffer = 0x2'0000;

class Bench {
public:
    Bench() {
        for (std::size_t i = 0; i < card.irq.size(); ++i)
            card.irq[i].connect([this, i](bool level) { irqs += level && SoundBlaster16::irqs[i] == 5; });
        card.dsp().listen(&recorder);
        ports.write(0xD6, 0xC0, 1);  // the cascade of the DMA controllers
        ports.write(0xD4, 0x00, 1);
        set_mixer(0x30, 0xF8), set_mixer(0x31, 0xF8), set_mixer(0x32, 0xF8), set_mixer(0x33, 0xF8);
    }
    void out(std::uint16_t offset, std::uint8_t value) {
        card.port_write(static_cast<std::uint16_t>(SoundBlaster16::first_port + offset), value, 1);
    }
    unsigned in(std::uint16_t offset) {
        return card.port_read(static_cast<std::uint16_t>(SoundBlaster16::first_port + offset), 1);
    }
    void command(std::initializer_list<unsigned> bytes) {
        for (const unsigned byte : bytes) out(0xC, static_cast<std::uint8_t>(byte));
    }
    unsigned answer() {
        REQUIRE((in(0xE) & 0x80) != 0);
        return in(0xA);
    }
    void set_mixer(std::uint8_t index, std::uint8_t value) {
        out(4, index);
        out(5, value);
    }
    unsigned mixer(std::uint8_t index) {
        out(4, index);
        return in(5);
    }
    /// The first or, for words, the second controller.
    void program_dma(unsigned channel, std::uint8_t mode, std::uint16_t count) {
        const bool words = channel >= 4;
        const unsigned step = words ? 2 : 1, base = words ? 0xC0 : 0;
        const auto write = [&](unsigned index, unsigned value) {
            dma.port_write(static_cast<std::uint16_t>(base + index * step), value, 1);
        };
        write(10, 4 | (channel & 3));
        write(12, 0);
        write(11, mode | (channel & 3));
        write((channel & 3) * 2, 0), write((channel & 3) * 2, 0);
        write((channel & 3) * 2 + 1, count & 0xFFU), write((channel & 3) * 2 + 1, count >> 8U);
        dma.port_write(words ? 0x8B : 0x83, words ? 2 : 1, 1);
        write(10, channel & 3);
    }
    unsigned dma_count(unsigned channel) {
        dma.port_write(12, 0, 1);
        const auto port = static_cast<std::uint16_t>(channel * 2 + 1);
        const unsigned low = dma.port_read(port, 1);
        return low | dma.port_read(port, 1) << 8;
    }
    void fill(std::uint32_t at, std::initializer_list<std::uint8_t> bytes) {
        memory.write_bytes(at, std::vector<std::uint8_t>(bytes));
    }
    unsigned ready_after_reset() {
        out(6, 1);
        out(6, 0);
        return answer();
    }

    BenchClock bench;
    PhysicalMemory memory{1 << 20};
    PortBus ports;
    Dma8237Pair dma{memory, ports};
    SoundBlaster16 card{bench.clock, dma};
    Recorder recorder;
    int irqs = 0;
};

constexpr std::uint8_t once = 0x48, repeating = 0x58, recording = 0x44;

}  // namespace

TEST_CASE("what drivers ask a card") {
    Bench b;
    CHECK(b.ready_after_reset() == 0xAA);
    CHECK((b.in(0xE) & 0x80) == 0);
    b.command({0xE1});
    CHECK(b.answer() == 4);
    CHECK(b.answer() == 5);
    b.command({0xE0, 0x5A});
    CHECK(b.answer() == 0xA5);
    b.command({0xE4, 0x77, 0xE8});
    CHECK(b.answer() == 0x77);
    b.command({0xD8});
    CHECK(b.answer() == 0x00);
    b.command({0xD1, 0xD8});
    CHECK(b.answer() == 0xFF);
    b.command({0xE3});
    CHECK(b.answer() == 'C');
    CHECK((b.in(0xC) & 0x80) == 0);  // ready for commands
}

TEST_CASE("the riddle by DMA") {
    Bench b;
    b.program_dma(1, recording, 0);
    b.command({0xE2, 0x00});
    std::array<std::uint8_t, 1> written{};
    b.memory.read_bytes(buffer, written);
    CHECK(written[0] == 0x40);  // AAh less 106
}

TEST_CASE("interrupts on request, and who acknowledges which") {
    Bench b;
    b.command({0xF2});
    CHECK(b.irqs == 1);
    CHECK((b.mixer(0x82) & 3) == 1);
    b.in(0xE);
    CHECK((b.mixer(0x82) & 3) == 0);
    b.command({0xF3});
    CHECK(b.irqs == 2);
    CHECK((b.mixer(0x82) & 3) == 2);
    b.in(0xE);
    CHECK((b.mixer(0x82) & 3) == 2);
    b.in(0xF);
    CHECK((b.mixer(0x82) & 3) == 0);
    CHECK_FALSE(b.card.irq[1].level());
}

TEST_CASE("a block of bytes at its pace") {
    Bench b;
    b.fill(buffer, {0x80, 0xFF, 0x00, 0xC0});
    b.program_dma(1, once, 3);
    b.command({0x40, 0x83, 0x14, 3, 0});  // 8 kHz: 1000000 / (256 - 131)
    b.bench.advance(3 * 125'000);
    CHECK(b.irqs == 0);
    CHECK(b.dma_count(1) == 0);  // three of four are gone
    b.bench.advance(125'000);
    CHECK(b.irqs == 1);
    REQUIRE(b.recorder.samples.size() == 4);
    CHECK(b.recorder.sample_hertz == 8000);
    CHECK(b.recorder.samples[1].left == doctest::Approx(127 / 128.0));
    CHECK(b.recorder.samples[2].left == doctest::Approx(-1));
    CHECK(b.recorder.samples[3].right == doctest::Approx(0.5));
    CHECK(b.recorder.samples[3].at == 4 * 125'000);
    b.bench.advance(100 * millisecond);
    CHECK(b.irqs == 1);
    CHECK(b.bench.clock.next_deadline() == never);  // an idle card costs nothing
}

TEST_CASE("blocks that repeat until they are told to end") {
    Bench b;
    b.program_dma(1, repeating, 255);
    b.command({0x40, 0x83, 0x48, 127, 0, 0x1C});
    for (int block = 1; block <= 6; ++block) {
        b.bench.advance(16 * millisecond);
        CHECK(b.irqs == block);
        b.in(0xE);
    }
    b.command({0xDA});
    b.bench.advance(100 * millisecond);
    CHECK(b.irqs == 7);
    CHECK(b.recorder.samples.size() == 7 * 128);
}

TEST_CASE("the DMA controller tells how far a transfer is") {
    Bench b;
    b.program_dma(1, repeating, 0xFFF);
    b.command({0x41, 0x1F, 0x40, 0x48, 0xFF, 0x0F, 0x90});
    for (unsigned passed = 0; passed < 2000; passed += 7) {
        CHECK(b.dma_count(1) == 0xFFF - passed);
        b.bench.advance(7 * 125'000);
    }
}

TEST_CASE("words in stereo with sign, by their own channel") {
    Bench b;
    b.fill(words_buffer, {0x00, 0x40, 0x00, 0xC0, 0xFF, 0x7F, 0x00, 0x80});
    b.program_dma(5, once, 3);
    b.command({0x41, 0x1F, 0x40, 0xB0, 0x30, 3, 0});
    b.bench.advance(2 * 125'000);
    CHECK(b.irqs == 1);
    CHECK((b.mixer(0x82) & 3) == 2);
    REQUIRE(b.recorder.samples.size() == 2);
    CHECK(b.recorder.samples[0].left == doctest::Approx(0.5));
    CHECK(b.recorder.samples[0].right == doctest::Approx(-0.5));
    CHECK(b.recorder.samples[1].left == doctest::Approx(1).epsilon(0.001));
    CHECK(b.recorder.samples[1].right == doctest::Approx(-1));
}

TEST_CASE("a pause is one, and the rest comes after it") {
    Bench b;
    b.program_dma(1, once, 79);
    b.command({0x41, 0x1F, 0x40, 0x14, 79, 0});
    b.bench.advance(5 * millisecond);
    b.command({0xD0});
    b.bench.advance(50 * millisecond);
    CHECK(b.irqs == 0);
    CHECK(b.recorder.samples.size() == 40);
    b.command({0xD4});
    b.bench.advance(5 * millisecond);
    CHECK(b.irqs == 1);
}

TEST_CASE("a channel that is not programmed yet is waited for, without a deadline") {
    Bench b;
    b.command({0x41, 0x1F, 0x40, 0x14, 7, 0});
    b.bench.advance(10 * millisecond);
    CHECK(b.bench.clock.next_deadline() == never);
    CHECK(b.irqs == 0);
    b.program_dma(1, once, 7);
    b.bench.advance(2 * millisecond);
    CHECK(b.irqs == 1);
}

TEST_CASE("recording gives silence") {
    Bench b;
    b.fill(buffer, {1, 2, 3, 4});
    b.program_dma(1, recording, 3);
    b.command({0x41, 0x1F, 0x40, 0x24, 3, 0});
    b.bench.advance(millisecond);
    CHECK(b.irqs == 1);
    std::array<std::uint8_t, 4> written{};
    b.memory.read_bytes(buffer, written);
    CHECK(written == std::array<std::uint8_t, 4>{0x80, 0x80, 0x80, 0x80});
}

TEST_CASE("silence lasts and interrupts") {
    Bench b;
    b.command({0x41, 0x1F, 0x40, 0x80, 79, 0});
    b.bench.advance(9 * millisecond);
    CHECK(b.irqs == 0);
    b.bench.advance(millisecond);
    CHECK(b.irqs == 1);
}

TEST_CASE("direct output is a level until the next") {
    Bench b;
    b.command({0x10, 0xC0});
    b.bench.advance(millisecond);
    b.command({0x10, 0x40});
    REQUIRE(b.recorder.holds.size() == 2);
    CHECK(b.recorder.holds[0].left == doctest::Approx(0.5));
    CHECK(b.recorder.holds[1].left == doctest::Approx(-0.5));
    CHECK(b.recorder.holds[1].at == millisecond);
}

TEST_CASE("differential codes") {
    SbAdpcm adpcm;
    adpcm.set_reference(0x80);
    // Four bits: 7 moves by 7 and makes the step greater, then 7 moves by 15; Fh back by 30.
    CHECK(adpcm.decode(AdpcmCode::bits4, 0x77, 0) == 0x87);
    CHECK(adpcm.decode(AdpcmCode::bits4, 0x77, 1) == 0x96);
    CHECK(adpcm.decode(AdpcmCode::bits4, 0xF0, 0) == 0x78);
    CHECK(adpcm.decode(AdpcmCode::bits4, 0xF0, 1) == 0x7C);
    adpcm.set_reference(0x10);
    CHECK(adpcm.decode(AdpcmCode::bits2, 0x55, 0) == 0x11);  // 1, 3, 6 (steps double from the third on)
    CHECK(adpcm.decode(AdpcmCode::bits2, 0x55, 1) == 0x14);
    CHECK(adpcm.decode(AdpcmCode::bits2, 0x55, 2) == 0x1A);
    CHECK(adpcm.decode(AdpcmCode::bits2, 0xFF, 3) == 0x0E);
    adpcm.set_reference(0x80);
    CHECK(adpcm.decode(AdpcmCode::bits2_6, 0x6C, 0) == 0x83);  // 011 011 00
    CHECK(adpcm.decode(AdpcmCode::bits2_6, 0x6C, 1) == 0x8A);
    CHECK(adpcm.decode(AdpcmCode::bits2_6, 0x6C, 2) == 0x8C);
}

TEST_CASE("a differential block with a reference, two samples a byte") {
    Bench b;
    b.fill(buffer, {0x80, 0x77, 0x77});
    b.program_dma(1, once, 2);
    b.command({0x41, 0x1F, 0x40, 0x75, 2, 0});
    b.bench.advance(5 * 125'000);
    CHECK(b.irqs == 1);
    REQUIRE(b.recorder.samples.size() == 5);
    CHECK(b.recorder.samples[0].left == 0);
    CHECK(b.recorder.samples[2].left == doctest::Approx(0x16 / 128.0));
}

TEST_CASE("the mixer, old registers and new") {
    Bench b;
    b.set_mixer(0x22, 0xA5);
    CHECK(b.mixer(0x30) == 0xA8);
    CHECK(b.mixer(0x31) == 0x58);
    CHECK(b.mixer(0x22) == 0xA5);
    CHECK(b.mixer(0x80) == 0x02);
    CHECK(b.mixer(0x81) == 0x22);
    b.set_mixer(0x80, 0xF4);
    CHECK(b.mixer(0x80) == 0x04);
    b.command({0xF2});
    CHECK(b.irqs == 0);
    CHECK(b.card.irq[2].level());  // IRQ 7 now
    b.set_mixer(0x00, 0);
    CHECK(b.mixer(0x30) == 0xC0);
    CHECK(b.mixer(0x80) == 0x04);  // no matter of volume
}

TEST_CASE("a transfer goes on where it was saved") {
    Bench b;
    b.program_dma(1, once, 79);
    b.command({0x41, 0x1F, 0x40, 0x14, 79, 0});
    b.bench.advance(5 * millisecond);
    Bench copy;
    copy.bench.advance(5 * millisecond);
    copy.dma.restore(b.dma.state());
    copy.card.restore(through_archive(b.card.state()));
    copy.bench.advance(5 * millisecond - 1);
    CHECK(copy.irqs == 0);
    copy.bench.advance(1);
    CHECK(copy.irqs == 1);
}

TEST_CASE("a decoder that changes its code in the middle starts with a step of its own") {
    SbAdpcm adpcm;
    adpcm.set_reference(0x80);
    for (int i = 0; i < 6; ++i) adpcm.decode(AdpcmCode::bits2, 0xFF, 0);
    CHECK(adpcm.state().step == 5);
    adpcm.decode(AdpcmCode::bits4, 0x77, 0);
    CHECK(adpcm.state().step <= 3);
}

TEST_CASE("replies that nobody reads are lost, not hoarded") {
    Bench b;
    for (int i = 0; i < 1000; ++i) b.command({0xE1});
    CHECK(b.card.state().dsp.replies.size() == Sb16Dsp::most_replies);
}

TEST_CASE("a damaged state is refused") {
    Bench b;
    const auto refuses = [&b](auto damage) {
        SoundBlaster16::State state = b.card.state();
        damage(state);
        CHECK_THROWS_AS(b.card.restore(state), std::runtime_error);
    };
    refuses([](auto& state) { state.dsp.hertz = 0; });
    refuses([](auto& state) { state.dsp.transfer.next_in_byte = 9; });
    refuses([](auto& state) { state.dsp.awaits = true; });
    refuses([](auto& state) { state.dsp.adpcm.step = 6; });
    refuses([](auto& state) { state.fm.address = 0x200; });
    refuses([](auto& state) { state.fm.synthesis.operators[7].level = 0x200; });
}

TEST_CASE("MIDI mode swallows all but a reset") {
    Bench b;
    b.command({0x34, 0xE1, 0xE1});
    CHECK((b.in(0xE) & 0x80) == 0);
    CHECK(b.ready_after_reset() == 0xAA);
    b.command({0xE1});
    CHECK(b.answer() == 4);
}

TEST_CASE("any bytes at any port do no harm") {
    Bench b;
    b.program_dma(1, repeating, 0xFF);
    b.program_dma(5, repeating, 0xFF);
    std::uint32_t random = 7;
    const auto next = [&random] { return (random = random * 1'664'525 + 1'013'904'223) >> 12; };
    for (int i = 0; i < 50'000; ++i) {
        const auto port = static_cast<std::uint16_t>(next() & 15);
        next() & 1 ? b.out(port, static_cast<std::uint8_t>(next())) : static_cast<void>(b.in(port));
        if (i % 16 == 0) b.bench.advance(next() % millisecond);
        if (b.recorder.samples.size() > 100'000) b.recorder.samples.clear();
    }
    CHECK(b.recorder.loudest() <= 1);
}
