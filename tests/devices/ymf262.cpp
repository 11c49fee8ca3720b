// The FM synthesizer: timers, pitch, envelopes, connections, drums.
#include "devices/ymf262.hpp"

#include "devices/ymf262_tables.hpp"
#include "tests/devices/bench_clock.hpp"
#include "tests/devices/sound_fixture.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

using namespace calque;

namespace {

constexpr double chip_hertz = 14'318'180.0 / 288;
constexpr Nanoseconds microsecond = 1'000, millisecond = 1'000'000;

class Bench {
public:
    Bench() { fm.listen(&recorder); }
    void write(unsigned index, std::uint8_t value) {
        const auto port = static_cast<std::uint16_t>(Ymf262::adlib_port + (index & 0x100 ? 2 : 0));
        fm.port_write(port, index & 0xFF, 1);
        fm.port_write(port + 1, value, 1);
    }
    unsigned status() { return fm.port_read(Ymf262::adlib_port, 1); }
    /// A silent modulator and a plain carrier on channel 0, F-number 580 in block 4: 440 Hz.
    void set_voice() {
        for (const auto& [index, value] :
             std::initializer_list<std::pair<unsigned, std::uint8_t>>{{0x20, 0x21},
                                                                      {0x23, 0x21},
                                                                      {0x40, 0x3F},
                                                                      {0x43, 0x00},
                                                                      {0x60, 0x00},
                                                                      {0x63, 0xF0},
                                                                      {0x80, 0x0F},
                                                                      {0x83, 0x0F},
                                                                      {0xC0, 0x00},
                                                                      {0xA0, 0x44}})
            write(index, value);
    }
    void key(bool down) { write(0xB0, down ? 0x32 : 0x12); }
    bool play(Nanoseconds time) {
        bench.advance(time);
        return fm.play_until(bench.now());
    }

    BenchClock bench;
    Ymf262 fm{bench.clock};
    Recorder recorder;
};

}  // namespace

TEST_CASE("the tables are those of the chip's ROMs") {
    // As read from photographs of the die.
    CHECK(ymf262::log_sine(0) == 0x859);
    CHECK(ymf262::log_sine(1) == 0x6C3);
    CHECK(ymf262::log_sine(128) == 0x07F);
    CHECK(ymf262::log_sine(255) == 0x000);
    CHECK(ymf262::exponential(0) == 0x7FA << 1);
    CHECK(ymf262::exponential(255) == 0x400 << 1);
    CHECK(ymf262::exponential(256) == 0x7FA);
    CHECK(ymf262::exponential(0x1FFF) == 0);
}

TEST_CASE("software finds the chip by its timers") {
    Bench b;
    b.write(4, 0x60);
    b.write(4, 0x80);
    CHECK((b.status() & 0xE0) == 0);
    b.write(2, 0xFF);
    b.write(4, 0x21);
    b.bench.advance(70 * microsecond);
    CHECK((b.status() & 0xE0) == 0);
    b.bench.advance(20 * microsecond);
    CHECK((b.status() & 0xE0) == 0xC0);
    b.write(4, 0x60);
    b.write(4, 0x80);
    CHECK((b.status() & 0xE0) == 0);
    CHECK((b.status() & 0x1F) == 0);  // an OPL3; an OPL2 has 06h
}

TEST_CASE("timer 2 has four times the period, and a mask") {
    Bench b;
    b.write(3, 0xFE);
    b.write(4, 0x02);
    b.bench.advance(640 * microsecond);
    CHECK(b.status() == 0);
    b.bench.advance(10 * microsecond);
    CHECK(b.status() == 0xA0);
    b.write(4, 0x80);
    b.write(4, 0x22);
    b.bench.advance(10 * millisecond);
    CHECK(b.status() == 0);
}

TEST_CASE("a note has its pitch and is a sine") {
    Bench b;
    b.set_voice();
    b.key(true);
    b.play(1000 * millisecond);
    CHECK(b.recorder.sample_hertz == doctest::Approx(chip_hertz));
    CHECK(b.recorder.samples.size() == 49'715);
    CHECK(b.recorder.periods() >= 439);
    CHECK(b.recorder.periods() <= 440);
    const double step = 580 * 16 / double{1 << 20};  // periods a sample
    for (std::size_t i = 100; i < 1000; ++i) {
        const double expected = std::sin(2 * std::numbers::pi * step * static_cast<double>(i));
        CHECK(std::abs(b.recorder.samples[i].left * 0x8000 / 4084 - expected) < 0.02);
        CHECK(b.recorder.samples[i].left == b.recorder.samples[i].right);
    }
}

TEST_CASE("a released note dies away and the chip is silent") {
    Bench b;
    b.set_voice();
    b.write(0x83, 0x08);  // the slower release
    b.key(true);
    b.play(100 * millisecond);
    b.key(false);
    CHECK(b.play(10 * millisecond));
    CHECK(b.recorder.loudest(5100, 5200) < 0.9F * b.recorder.loudest(4000, 4900));
    b.play(500 * millisecond);
    CHECK_FALSE(b.play(millisecond));
    const std::size_t count = b.recorder.samples.size();
    b.play(millisecond);
    CHECK(b.recorder.samples.size() == count);
}

TEST_CASE("a decay of rate 4 takes its time by the manual") {
    // Application manual: rate 16 falls from 0 to 96 dB in 2.5 s or so, twice as fast with every fourth rate.
    for (const auto& [rate, seconds] : {std::pair{4, 4.9}, std::pair{6, 1.23}, std::pair{8, 0.307}}) {
        Bench b;
        b.set_voice();
        b.write(0x23, 0x01);  // not sustained
        b.write(0x63, static_cast<std::uint8_t>(0xF0 | rate));
        b.write(0x83, static_cast<std::uint8_t>(0xF0 | rate));
        b.write(0xA0, 0);  // key scale number 0
        b.write(0xB0, 0x20);
        double time = 0;
        while (b.play(5 * millisecond) && b.fm.state().synthesis.operators[3].level < 0x1F8) time += 0.005;
        CHECK(time == doctest::Approx(seconds).epsilon(0.05));
    }
}

TEST_CASE("what is attenuated by 0.75 dB a step is") {
    Bench b;
    b.set_voice();
    b.write(0x43, 8);  // 6 dB
    b.key(true);
    b.play(100 * millisecond);
    CHECK(b.recorder.loudest() * 0x8000 == doctest::Approx(2042).epsilon(0.01));
}

TEST_CASE("waveforms") {
    const auto positive_and_negative = [](std::uint8_t waveform) {
        Bench b;
        b.write(0x105, 1);
        b.set_voice();
        b.write(0xC0, 0x30);
        b.write(0xE3, waveform);
        b.key(true);
        b.play(200 * millisecond);
        std::size_t positive = 0, negative = 0;
        for (const auto& sample : b.recorder.samples) {
            positive += sample.left * 0x8000 > 0.5F;
            negative += sample.left * 0x8000 < -1.5F;
        }
        const auto share = [&](std::size_t count) {
            return std::lround(8.0 * static_cast<double>(count) /
                               static_cast<double>(b.recorder.samples.size()));
        };
        return std::pair{share(positive), share(negative)};
    };
    CHECK(positive_and_negative(0) == std::pair{4L, 4L});
    CHECK(positive_and_negative(1) == std::pair{4L, 0L});
    CHECK(positive_and_negative(2) == std::pair{8L, 0L});
    CHECK(positive_and_negative(3) == std::pair{4L, 0L});
    CHECK(positive_and_negative(4) == std::pair{2L, 2L});
    CHECK(positive_and_negative(5) == std::pair{4L, 0L});
    CHECK(positive_and_negative(6) == std::pair{4L, 4L});
}

TEST_CASE("a modulator makes overtones, an additive one a second tone") {
    Bench b;
    b.set_voice();
    b.write(0x60, 0xF0);
    b.write(0x40, 0x10);
    b.key(true);
    b.play(100 * millisecond);
    float steepest = 0, plain = 0;
    for (std::size_t i = 1; i < b.recorder.samples.size(); ++i)
        steepest = std::max(steepest, std::abs(b.recorder.samples[i].left - b.recorder.samples[i - 1].left));
    plain = 4084 / 32768.0F * 2 * std::numbers::pi_v<float> * 440 / 49716;
    CHECK(steepest > 1.5F * plain);

    Bench sum;
    sum.set_voice();
    sum.write(0x60, 0xF0);
    sum.write(0x40, 0x00);
    sum.write(0xC0, 0x01);
    sum.key(true);
    sum.play(100 * millisecond);
    CHECK(sum.recorder.loudest() * 0x8000 == doctest::Approx(2 * 4084).epsilon(0.01));
}

TEST_CASE("sides, and the second bank, are there once they are switched on") {
    Bench b;
    b.write(0x143, 0x00);  // to the first bank still
    b.write(0x105, 1);
    for (const auto& [index, value] : std::initializer_list<std::pair<unsigned, std::uint8_t>>{{0x123, 0x21},
                                                                                               {0x140, 0x3F},
                                                                                               {0x143, 0x00},
                                                                                               {0x163, 0xF0},
                                                                                               {0x183, 0x0F},
                                                                                               {0x1C0, 0x10},
                                                                                               {0x1A0, 0x44},
                                                                                               {0x1B0, 0x32}})
        b.write(index, value);
    b.play(50 * millisecond);
    CHECK(b.recorder.loudest() > 0.1F);
    for (const auto& sample : b.recorder.samples) REQUIRE(sample.right == 0);
}

TEST_CASE("four operators add up as their channels' bits say") {
    const auto loudest = [](std::uint8_t first, std::uint8_t second) {
        Bench b;
        b.write(0x105, 1);
        b.write(0x104, 1);
        for (unsigned i : {0U, 3U, 8U, 11U}) {
            b.write(0x20 + i, 0x21);
            b.write(0x60 + i, 0xF0);
            b.write(0x80 + i, 0x0F);
            b.write(0x40 + i, 0x3F);  // nobody modulates
        }
        for (unsigned i : {0U, 3U, 8U, 11U}) b.write(0x40 + i, 0x08);
        b.write(0xC0, static_cast<std::uint8_t>(0x30 | first));
        b.write(0xC3, static_cast<std::uint8_t>(0x30 | second));
        b.write(0xA0, 0x44);
        b.write(0xB0, 0x32);
        b.play(100 * millisecond);
        return static_cast<int>(std::lround(b.recorder.loudest() * 0x8000 / 2042));
    };
    CHECK(loudest(0, 0) == 1);
    CHECK(loudest(0, 1) == 2);
    CHECK(loudest(1, 0) == 2);
    CHECK(loudest(1, 1) == 3);
}

TEST_CASE("each drum sounds by itself") {
    for (const unsigned drum : {0x01U, 0x02U, 0x04U, 0x08U, 0x10U}) {
        Bench b;
        for (unsigned i = 0x10; i < 0x16; ++i) {
            b.write(0x20 + i, 0x01);
            b.write(0x40 + i, 0x00);
            b.write(0x60 + i, 0xF5);
            b.write(0x80 + i, 0x55);
        }
        for (unsigned i = 6; i < 9; ++i) {
            b.write(0xA0 + i, 0x44);
            b.write(0xB0 + i, 0x0A);
        }
        b.write(0xBD, 0x20);
        b.play(20 * millisecond);
        CHECK(b.recorder.loudest() == 0);
        b.write(0xBD, static_cast<std::uint8_t>(0x20 | drum));
        b.play(20 * millisecond);
        CHECK(b.recorder.loudest() * 0x8000 > 2000);
    }
}

TEST_CASE("tremolo and vibrato have their speed and depth") {
    Bench b;
    b.set_voice();
    b.write(0x23, 0xA1);
    b.write(0xBD, 0x80);
    b.key(true);
    b.play(1000 * millisecond);
    // 3.7 Hz and 4.8 dB: the loudest and the faintest hundredth of a second.
    float faintest = 1;
    for (std::size_t at = 0; at + 497 < b.recorder.samples.size(); at += 497)
        faintest = std::min(faintest, b.recorder.loudest(at, at + 497));
    CHECK(20 * std::log10(b.recorder.loudest() / faintest) == doctest::Approx(4.8F).epsilon(0.06));
}

TEST_CASE("a chip goes on where it was saved") {
    Bench b;
    b.set_voice();
    b.write(0x60, 0xF0);
    b.write(0x40, 0x10);
    b.key(true);
    b.play(33 * millisecond);
    Bench copy;
    copy.bench.advance(b.bench.now());
    copy.fm.restore(through_archive(b.fm.state()));
    b.recorder.samples.clear();
    b.play(20 * millisecond);
    copy.play(20 * millisecond);
    REQUIRE(b.recorder.samples.size() == copy.recorder.samples.size());
    for (std::size_t i = 0; i < b.recorder.samples.size(); ++i)
        REQUIRE(b.recorder.samples[i].left == copy.recorder.samples[i].left);
}

TEST_CASE("any registers make a sound without harm") {
    Bench b;
    std::uint32_t random = 1;
    const auto next = [&random] { return random = random * 1'664'525 + 1'013'904'223; };
    for (int i = 0; i < 20'000; ++i) {
        b.fm.port_write(static_cast<std::uint16_t>(Ymf262::adlib_port + (next() >> 16 & 3)),
                        next() >> 20 & 0xFF, 1);
        if (i % 100 == 0) b.play(100 * microsecond);
    }
    CHECK(b.recorder.loudest() <= 1);
}
