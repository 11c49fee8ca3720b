// Somebody who listens and writes down.
#pragma once

#include "devices/sound_line.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace calque {

class Recorder final : public SoundListener {
public:
    struct Event {
        Nanoseconds at;
        float left, right;
    };

    void hold(Nanoseconds at, StereoLevel level) override {
        if (holds.empty() || holds.back().left != level.left) holds.push_back({at, level.left, level.right});
    }
    void sample(Nanoseconds at, StereoLevel level, double hertz) override {
        samples.push_back({at, level.left, level.right});
        sample_hertz = hertz;
    }
    void wake() override { ++wakes; }

    /// How often the left side rises through zero.
    std::size_t periods() const {
        std::size_t count = 0;
        for (std::size_t i = 1; i < samples.size(); ++i)
            count += samples[i - 1].left < 0 && samples[i].left >= 0;
        return count;
    }
    float loudest(std::size_t first = 0, std::size_t last = ~std::size_t{0}) const {
        float most = 0;
        for (std::size_t i = first; i < std::min(last, samples.size()); ++i)
            most = std::max(most, std::abs(samples[i].left));
        return most;
    }

    std::vector<Event> holds, samples;
    double sample_hertz = 0;
    int wakes = 0;
};

}  // namespace calque
