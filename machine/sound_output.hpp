// All that can be heard of a machine, as frames of a host's sound device.
#pragma once

#include "devices/clock.hpp"
#include "devices/sound_line.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace calque {

/// Chips tell samples at rates of their own and jumps at any time; both become band-limited 48 kHz, a
/// function of guest time alone. While nothing sounds there is no timer and there are no frames.
class SoundOutput {
public:
    static constexpr std::int64_t hertz = 48'000;
    /// Gets frames in order, left before right; `first` counts from guest time 0. Frames that are left out
    /// are silent.
    using Sink = std::function<void(std::int64_t first, std::span<const std::int16_t> samples)>;

    /// Listens to the sources for its lifetime.
    SoundOutput(Clock& clock, std::vector<SoundSource*> sources, Sink sink);
    ~SoundOutput();
    SoundOutput(const SoundOutput&) = delete;
    SoundOutput& operator=(const SoundOutput&) = delete;

    /// Hands over what is due now, to the end of a run.
    void flush();

private:
    class Line;

    void wake();
    void tick();
    void play_until(Nanoseconds now);
    /// Adds a band-limited impulse to one of the two rings.
    void add(std::vector<StereoLevel>& ring, Nanoseconds at, StereoLevel level, double source_hertz);
    void emit_until(std::int64_t end);
    bool still() const;

    Clock& clock_;
    std::vector<SoundSource*> sources_;
    std::vector<std::unique_ptr<Line>> lines_;
    Sink sink_;
    Timer timer_;
    bool awake_ = false;
    std::int64_t next_frame_ = 0;       ///< to be handed over
    std::int64_t written_until_ = 0;    ///< the last frame that anything was added to
    std::vector<StereoLevel> samples_;  ///< rings of frames
    std::vector<StereoLevel> jumps_;    ///< to be summed up
    StereoLevel level_;                 ///< the sum so far, as behind a capacitor
    std::vector<std::int16_t> handed_over_;
};

}  // namespace calque
