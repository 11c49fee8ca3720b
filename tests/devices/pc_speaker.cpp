// The speaker's edges, against the timer's and port 61h's.
#include "devices/pc_speaker.hpp"

#include "tests/devices/bench_clock.hpp"
#include "tests/devices/sound_fixture.hpp"

#include <doctest/doctest.h>

using namespace calque;

namespace {

constexpr Nanoseconds millisecond = 1'000'000;

class Bench {
public:
    Bench() {
        port_b.reset();
        speaker.listen(&recorder);
    }
    /// Counter 2 as a square wave (mode 3) or once (mode 0).
    void program(std::uint8_t mode, std::uint16_t count) {
        pit.port_write(0x43, 0xB0U | unsigned{mode} << 1U, 1);
        pit.port_write(0x42, count & 0xFFU, 1);
        pit.port_write(0x42, count >> 8U, 1);
    }
    void set_control(std::uint8_t value) { port_b.port_write(0x61, value, 1); }
    bool play() { return speaker.play_until(bench.now()); }

    BenchClock bench;
    Pit8254 pit{bench.clock};
    SystemControlPortB port_b{bench.clock, pit};
    PcSpeaker speaker{bench.clock, pit, port_b};
    Recorder recorder;
};

}  // namespace

TEST_CASE("a tone is a square wave with the timer's edges") {
    Bench b;
    b.program(3, 1193);
    b.set_control(3);
    b.bench.advance(100 * millisecond);
    CHECK(b.play());
    REQUIRE(b.recorder.holds.size() >= 199);
    CHECK(b.recorder.holds.size() <= 202);
    for (std::size_t i = 3; i < b.recorder.holds.size(); ++i) {
        CHECK(std::abs(b.recorder.holds[i].at - b.recorder.holds[i - 1].at - 500'000) < 1'000);
        CHECK(b.recorder.holds[i].left != b.recorder.holds[i - 1].left);
    }
}

TEST_CASE("either bit of port 61h ends a tone") {
    for (const unsigned control : {0U, 1U, 2U}) {
        Bench b;
        b.program(3, 1193);
        b.set_control(3);
        b.bench.advance(10 * millisecond);
        b.set_control(static_cast<std::uint8_t>(control));
        b.play();
        const std::size_t edges = b.recorder.holds.size();
        b.bench.advance(100 * millisecond);
        CHECK_FALSE(b.play());
        CHECK(b.recorder.holds.size() <= edges + 1);
        if (!(control & 2)) CHECK(b.recorder.holds.back().left == 0);
    }
}

TEST_CASE("the data bit alone moves the membrane while OUT is high") {
    Bench b;
    b.set_control(1);
    b.program(0, 2);
    for (int i = 0; i < 8; ++i) {
        b.bench.advance(millisecond);
        b.set_control(i % 2 ? 1 : 3);
    }
    b.play();
    CHECK(b.recorder.holds.size() == 9);  // silence, and eight jumps
}

TEST_CASE("pulses as wide as counts in mode 0 are as long as that") {
    Bench b;
    b.set_control(3);
    b.program(0, 60);
    b.bench.advance(millisecond);
    b.play();
    REQUIRE(b.recorder.holds.size() >= 2);
    const auto& rise = b.recorder.holds.back();
    CHECK(rise.left > 0);
    CHECK(rise.at == time_of_tick(61, Pit8254::hertz));
}

TEST_CASE("an inaudible tone is a level, not a flood of edges") {
    Bench b;
    b.program(3, 4);
    b.set_control(3);
    b.bench.advance(1000 * millisecond);
    b.play();
    CHECK(b.recorder.holds.size() < 5);
}

TEST_CASE("nobody is woken when nobody listens") {
    Bench b;
    b.speaker.listen(nullptr);
    b.program(3, 1193);
    b.set_control(3);
    CHECK(b.recorder.wakes == 0);
}
