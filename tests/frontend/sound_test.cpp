// Sound files byte by byte, and the ring between two clocks.
#include "frontend/sound_ring.hpp"
#include "frontend/usage_error.hpp"
#include "frontend/wave_file.hpp"
#include "machine/file_bytes.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <unistd.h>
#include <vector>

using namespace calque;

TEST_CASE("a sound file is whole after each piece, and gaps are silent") {
    char path[] = "/tmp/calque-sound-XXXXXX";
    close(mkstemp(path));
    WaveFile file(path, 48'000);
    CHECK(read_file(path).size() == 44);
    file.add(2, std::array<std::int16_t, 4>{1, -1, 0x1234, 0x7FFF});
    file.fill_until(5);
    const auto bytes = read_file(path);
    REQUIRE(bytes.size() == 44 + 5 * 4);
    const std::vector<std::uint8_t> sizes{bytes[4], bytes[5], bytes[40], bytes[41]};
    CHECK(sizes == std::vector<std::uint8_t>{36 + 20, 0, 20, 0});
    const std::vector<std::uint8_t> data(bytes.begin() + 44, bytes.end());
    CHECK(data == std::vector<std::uint8_t>{0,    0,    0,    0,    0,    0,    0, 0, 1, 0,
                                            0xFF, 0xFF, 0x34, 0x12, 0xFF, 0x7F, 0, 0, 0, 0});
    std::remove(path);
    CHECK_THROWS_AS(WaveFile("/no/such/folder/f.wav", 48'000), UsageError);
}

namespace {

/// A machine and a device whose clocks differ: pushes 480 frames of a sine for `machine` of a thousand
/// frames, pulls for 1000. Returns how many jumps there were in what was pulled.
int jumps(SoundRing& ring, double speed, double seconds) {
    constexpr double step = 2 * std::numbers::pi * 440 / 48'000;
    double due = 0;
    std::int64_t pushed = 0;
    int count = 0;
    std::int16_t last = 0;
    for (double time = 0; time < seconds; time += 512 / 48'000.0) {
        for (due += 512 * speed; due >= 480; due -= 480) {
            std::vector<std::int16_t> samples;
            for (int i = 0; i < 480; ++i, ++pushed)
                samples.insert(
                    samples.end(), 2,
                    static_cast<std::int16_t>(10'000 * std::sin(step * static_cast<double>(pushed))));
            ring.push(samples);
        }
        std::array<std::int16_t, 1024> pulled{};
        ring.pull(pulled);
        for (std::size_t i = 0; i < pulled.size(); i += 2) {
            count += std::abs(pulled[i] - last) > 1200;
            last = pulled[i];
        }
    }
    return count;
}

}  // namespace

TEST_CASE("clocks that differ a little are made up for without a jump") {
    for (const double speed : {0.998, 1.0, 1.002}) {
        SoundRing ring;
        CHECK_MESSAGE(jumps(ring, speed, 120) == 0, speed);
        CHECK(ring.waiting() > 0);
        CHECK(ring.waiting() < SoundRing::most);
    }
}

TEST_CASE("a ring that runs dry is silent, and one that runs over forgets") {
    SoundRing ring;
    std::array<std::int16_t, 256> pulled{};
    pulled.fill(77);
    ring.pull(pulled);
    CHECK(pulled[0] == 0);
    CHECK(pulled[255] == 0);
    const std::vector<std::int16_t> second(2 * 48'000, 1000);
    ring.push(second);
    CHECK(ring.waiting() <= SoundRing::most);
    ring.pull(pulled);
    CHECK(pulled[100] == 1000);
    for (int i = 0; i < 100; ++i) ring.pull(pulled);
    CHECK(std::abs(pulled[255]) < 2);
}
