// Samples and jumps of any rate as frames of one: right in time and level, without overtones, and none while
// silent.
#include "machine/sound_output.hpp"

#include "tests/devices/bench_clock.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

using namespace calque;

namespace {

constexpr Nanoseconds millisecond = 1'000'000;

/// Plays whatever it is given as a function of the sample's time, for as long as it is told to.
class TestSource final : public SoundSource {
public:
    void listen(SoundListener* listener) override { listener_ = listener; }
    bool play_until(Nanoseconds now) override {
        const auto next = [this] {
            return static_cast<Nanoseconds>(std::llround(1e9 * static_cast<double>(played_) / hertz));
        };
        while (next() <= now && next() < ends_at) {
            const float value = level(static_cast<double>(next()) / 1e9);
            if (jumps)
                listener_->hold(next(), {value, -value});
            else
                listener_->sample(next(), {value, -value}, hertz);
            ++played_;
        }
        return now < ends_at;
    }
    void wake() { listener_->wake(); }

    double hertz = 8000;
    bool jumps = false;
    Nanoseconds ends_at = 500 * millisecond;
    std::function<float(double)> level;

private:
    SoundListener* listener_ = nullptr;
    std::int64_t played_ = 0;
};

struct Recording {
    std::vector<float> left, right;
    std::int64_t frames = 0;
};

Recording record(TestSource& source, Nanoseconds time) {
    BenchClock bench;
    Recording recording;
    SoundOutput output(bench.clock, {&source},
                       [&](std::int64_t first, std::span<const std::int16_t> samples) {
                           REQUIRE(first >= recording.frames);
                           recording.left.resize(static_cast<std::size_t>(std::max<std::int64_t>(first, 0)));
                           recording.right.resize(recording.left.size());
                           for (std::size_t i = 0; i < samples.size(); i += 2) {
                               recording.left.push_back(static_cast<float>(samples[i]) / 32767);
                               recording.right.push_back(static_cast<float>(samples[i + 1]) / 32767);
                           }
                           recording.frames = first + static_cast<std::int64_t>(samples.size() / 2);
                       });
    bench.advance_to(time);
    output.flush();
    return recording;
}

/// The greatest difference from a sine in the middle of a recording.
double error(const Recording& recording, double hertz, double amplitude) {
    double worst = 0;
    for (std::size_t i = 4800; i < 19'200; ++i) {
        const double expected =
            amplitude * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(i) / 48'000);
        worst = std::max(worst, std::abs(recording.left[i] - expected));
        REQUIRE(recording.right[i] == -recording.left[i]);
    }
    return worst;
}

}  // namespace

TEST_CASE("a sine comes out as it went in, from slow and from fast converters") {
    for (const double hertz : {8000.0, 11'025.0, 44'100.0, 48'000.0, 49'715.9}) {
        TestSource source;
        source.hertz = hertz;
        source.level = [](double time) {
            return static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * 1000 * time));
        };
        CHECK_MESSAGE(error(record(source, 600 * millisecond), 1000, 0.5) < 0.01, hertz);
    }
}

TEST_CASE("what is above half the output's rate is not heard") {
    TestSource source;
    source.hertz = 96'000;
    source.level = [](double time) {
        return static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * 31'000 * time));
    };
    CHECK(error(record(source, 600 * millisecond), 1000, 0) < 0.01);
}

TEST_CASE("jumps between the frames are where they are") {
    TestSource source;
    source.jumps = true;
    source.hertz = 2 * 440;
    int count = 0;
    source.level = [&count](double) { return ++count % 2 ? 0.25F : 0.0F; };
    const Recording recording = record(source, 600 * millisecond);
    // A square wave's first overtones, and none between them.
    const auto strength = [&](double hertz) {
        double real = 0, imaginary = 0;
        for (std::size_t i = 4800; i < 19'200; ++i) {
            const double angle = 2 * std::numbers::pi * hertz * static_cast<double>(i) / 48'000;
            real += recording.left[i] * std::cos(angle);
            imaginary += recording.left[i] * std::sin(angle);
        }
        return 2 * std::hypot(real, imaginary) / 14'400;
    };
    const double base = 0.25 * 2 / std::numbers::pi;
    CHECK(strength(440) == doctest::Approx(base).epsilon(0.02));
    CHECK(strength(3 * 440) == doctest::Approx(base / 3).epsilon(0.02));
    CHECK(strength(9 * 440) == doctest::Approx(base / 9).epsilon(0.05));
    for (const double hertz : {880.0, 1000.0, 7000.0, 12'345.0}) CHECK(strength(hertz) < 0.002);
}

TEST_CASE("a constant level fades away, and then there is no timer") {
    BenchClock bench;
    TestSource source;
    source.jumps = true;
    source.ends_at = millisecond;
    source.level = [](double) { return 0.5F; };
    std::int64_t end = 0, frames = 0;
    SoundOutput output(bench.clock, {&source},
                       [&](std::int64_t first, std::span<const std::int16_t> samples) {
                           frames += static_cast<std::int64_t>(samples.size() / 2);
                           end = first + static_cast<std::int64_t>(samples.size() / 2);
                       });
    bench.advance(2000 * millisecond);
    CHECK(bench.clock.next_deadline() == never);
    CHECK(end < 48'000);
    bench.advance(1000 * millisecond);
    source.wake();
    CHECK(bench.clock.next_deadline() != never);
    bench.advance(10 * millisecond);
    CHECK(end > 3 * 48'000);
    CHECK(frames < 48'000);  // the gap was left out
}
