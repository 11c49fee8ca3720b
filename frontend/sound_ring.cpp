// Linear interpolation at a speed that keeps the ring half full.
#include "frontend/sound_ring.hpp"

#include <algorithm>
#include <cmath>

namespace calque {

void SoundRing::push(std::span<const std::int16_t> samples) {
    const std::scoped_lock lock(mutex_);
    for (std::size_t i = 0; i + 1 < samples.size(); i += 2)
        frames_.push_back({static_cast<float>(samples[i]), static_cast<float>(samples[i + 1])});
    if (frames_.size() > most)
        frames_.erase(frames_.begin(), frames_.end() - static_cast<std::ptrdiff_t>(target));
}

std::size_t SoundRing::waiting() const {
    const std::scoped_lock lock(mutex_);
    return frames_.size();
}

// Where nothing waits the last level fades away within milliseconds.
StereoLevel SoundRing::next(double step) {
    constexpr float fade = 0.99F;
    if (frames_.size() < 2) playing_ = false;
    if (!playing_) return last_ = last_ * fade;
    const StereoLevel from = frames_[0], way = frames_[1] - from;
    const auto part = static_cast<float>(part_);
    last_ = {from.left + way.left * part, from.right + way.right * part};
    for (part_ += step; part_ >= 1 && !frames_.empty(); part_ -= 1) frames_.pop_front();
    return last_;
}

void SoundRing::pull(std::span<std::int16_t> samples) {
    constexpr double most_correction = 0.005;
    const std::scoped_lock lock(mutex_);
    if (!playing_ && frames_.size() >= target) {
        playing_ = true;
        part_ = 0;
    }
    const double surplus = (static_cast<double>(frames_.size()) - target) / target;
    const double step = 1 + std::clamp(surplus, -1.0, 1.0) * most_correction;
    for (std::size_t i = 0; i + 1 < samples.size(); i += 2) {
        const StereoLevel level = next(step);
        samples[i] = static_cast<std::int16_t>(std::lround(level.left));
        samples[i + 1] = static_cast<std::int16_t>(std::lround(level.right));
    }
}

}  // namespace calque
