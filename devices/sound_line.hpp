// What a chip sounds like, and who listens.
#pragma once

#include "devices/clock.hpp"

namespace calque {

/// A level of both channels; 1 is full scale.
struct StereoLevel {
    float left = 0, right = 0;

    friend constexpr StereoLevel operator*(StereoLevel a, StereoLevel b) {
        return {a.left * b.left, a.right * b.right};
    }
    friend constexpr StereoLevel operator*(StereoLevel level, float factor) {
        return {level.left * factor, level.right * factor};
    }
    friend constexpr StereoLevel operator-(StereoLevel a, StereoLevel b) {
        return {a.left - b.left, a.right - b.right};
    }
};

/// Takes a chip's output, in the order of guest time.
class SoundListener {
public:
    virtual ~SoundListener() = default;
    /// The output jumps to `level` and stays there.
    virtual void hold(Nanoseconds at, StereoLevel level) = 0;
    /// One sample of a converter whose filter passes half of `hertz`.
    virtual void sample(Nanoseconds at, StereoLevel level, double hertz) = 0;
    /// The chip was silent and may be heard from now on.
    virtual void wake() = 0;
};

/// A chip that can be heard. Nobody listens unless told to, and then a chip computes no sound.
class SoundSource {
public:
    virtual ~SoundSource() = default;
    /// nullptr: nobody any more.
    virtual void listen(SoundListener* listener) = 0;
    /// Tells the listener all up to `now`. False if nothing will be heard until wake().
    virtual bool play_until(Nanoseconds now) = 0;
};

}  // namespace calque
