// Sound between the machine, which makes it in its own time, and a device that takes it in another.
#pragma once

#include "devices/sound_line.hpp"

#include <cstdint>
#include <deque>
#include <mutex>
#include <span>

namespace calque {

/// The device's clock is never quite the machine's: what waits is played a little faster or slower, by half a
/// percent at most, which nobody hears. Runs dry without a click, and starts again once enough waits.
/// Any two threads may use it.
class SoundRing {
public:
    /// Frames that wait on average: 40 ms at 48 kHz.
    static constexpr std::size_t target = 1920;
    /// The oldest are dropped beyond that.
    static constexpr std::size_t most = 4 * target;

    void push(std::span<const std::int16_t> samples);
    /// Fills all of it, left before right.
    void pull(std::span<std::int16_t> samples);
    std::size_t waiting() const;

private:
    StereoLevel next(double step);

    mutable std::mutex mutex_;
    std::deque<StereoLevel> frames_;  ///< levels of 16 bits; guarded by mutex_, as all
    bool playing_ = false;
    double part_ = 0;  ///< of the way between the first two frames
    StereoLevel last_;
};

}  // namespace calque
