// Band-limited synthesis by windowed sinc functions.
#include "machine/sound_output.hpp"

#include "devices/rate.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace calque {

namespace {

constexpr Nanoseconds period = 10'000'000;
constexpr std::int64_t ring_size = 8192;
constexpr double slowest_source = 4000, output_hertz = SoundOutput::hertz;

/// The impulse reaches so many of its zeros to each side; at the slowest source's rate that is `lag` frames.
constexpr int zeros = 8;
constexpr auto lag = static_cast<std::int64_t>(zeros * output_hertz / slowest_source) + 2;

/// sin(pi x) / (pi x) under a Blackman window that ends at `zeros`.
class Impulse {
public:
    Impulse() {
        for (std::size_t i = 0; i < table_.size(); ++i)
            table_[i] = value(static_cast<double>(i) / resolution);
    }
    float operator()(double x) const {
        const double place = std::abs(x) * resolution;
        const auto index = static_cast<std::size_t>(place);
        if (index + 1 >= table_.size()) return 0;
        const auto part = static_cast<float>(place - static_cast<double>(index));
        return table_[index] + (table_[index + 1] - table_[index]) * part;
    }

private:
    static constexpr int resolution = 256;

    static float value(double x) {
        const double angle = std::numbers::pi * x, window = angle / zeros;
        const double blackman = 0.42 + 0.5 * std::cos(window) + 0.08 * std::cos(2 * window);
        return static_cast<float>(blackman * (x == 0 ? 1 : std::sin(angle) / angle));
    }

    std::array<float, zeros * resolution + 1> table_{};
};

const Impulse impulse;

std::int16_t to_sample(float level) {
    constexpr float full = 32767;
    return static_cast<std::int16_t>(std::lround(std::clamp(level, -1.0F, 1.0F) * full));
}

}  // namespace

/// What one source says.
class SoundOutput::Line final : public SoundListener {
public:
    explicit Line(SoundOutput& output) : output_(output) {}

    void hold(Nanoseconds at, StereoLevel level) override {
        const StereoLevel jump = level - level_;
        if (jump.left == 0 && jump.right == 0) return;
        level_ = level;
        output_.add(output_.jumps_, at, jump, output_hertz);
    }
    void sample(Nanoseconds at, StereoLevel level, double source_hertz) override {
        if (level.left == 0 && level.right == 0) return;
        const auto share = static_cast<float>(std::min(1.0, output_hertz / source_hertz));
        output_.add(output_.samples_, at, level * share, source_hertz);
    }
    void wake() override { output_.wake(); }

private:
    SoundOutput& output_;
    StereoLevel level_;
};

SoundOutput::SoundOutput(Clock& clock, std::vector<SoundSource*> sources, Sink sink)
    : clock_(clock),
      sources_(std::move(sources)),
      sink_(std::move(sink)),
      timer_(clock, "sound", [this] { tick(); }),
      next_frame_(ticks_at(clock.now(), hertz)),
      samples_(ring_size),
      jumps_(ring_size) {
    for (SoundSource* source : sources_) {
        lines_.push_back(std::make_unique<Line>(*this));
        source->listen(lines_.back().get());
    }
    wake();
}

SoundOutput::~SoundOutput() {
    for (SoundSource* source : sources_) source->listen(nullptr);
}

void SoundOutput::wake() {
    if (awake_) return;
    awake_ = true;
    next_frame_ = std::max(next_frame_, ticks_at(clock_.now(), hertz) - lag);
    timer_.arm(clock_.now() + period);
}

void SoundOutput::tick() {
    play_until(clock_.now());
    if (awake_) timer_.arm(clock_.now() + period);
}

// No more at once than the rings hold.
void SoundOutput::play_until(Nanoseconds now) {
    const std::int64_t end = ticks_at(now, hertz);
    while (awake_ && next_frame_ + lag < end) {
        const std::int64_t part = std::min(end, next_frame_ + ring_size / 2);
        const Nanoseconds until = part == end ? now : time_of_tick(part, hertz);
        bool sounds = false;
        for (SoundSource* source : sources_) sounds |= source->play_until(until);
        emit_until(part - lag);
        if (sounds || !still()) continue;
        awake_ = false;
        level_ = {};
    }
}

bool SoundOutput::still() const {
    constexpr float inaudible = 1.0F / 0x8000;
    return next_frame_ > written_until_ && std::abs(level_.left) < inaudible &&
           std::abs(level_.right) < inaudible;
}

void SoundOutput::add(std::vector<StereoLevel>& ring, Nanoseconds at, StereoLevel level,
                      double source_hertz) {
    if (!awake_) return;
    const double scale = std::min(1.0, std::max(source_hertz, slowest_source) / output_hertz);
    const double reach = zeros / scale;
    const double place = static_cast<double>(at - time_of_tick(next_frame_, hertz)) * output_hertz /
                         double{nanoseconds_per_second};
    const auto first = std::max<std::int64_t>(static_cast<std::int64_t>(std::ceil(place - reach)), 0);
    const auto last =
        std::min<std::int64_t>(static_cast<std::int64_t>(std::floor(place + reach)), ring_size - 1);
    for (std::int64_t i = first; i <= last; ++i) {
        const float share = impulse((static_cast<double>(i) - place) * scale);
        StereoLevel& frame = ring[static_cast<std::size_t>((next_frame_ + i) % ring_size)];
        frame.left += level.left * share;
        frame.right += level.right * share;
    }
    written_until_ = std::max(written_until_, next_frame_ + last);
}

// Sums jumps up as a capacitor in series does, which lets no constant level through (10 Hz).
void SoundOutput::emit_until(std::int64_t end) {
    constexpr float kept = 0.9987F;
    const std::int64_t first = next_frame_;
    handed_over_.clear();
    for (; next_frame_ < end; ++next_frame_) {
        const auto index = static_cast<std::size_t>(next_frame_ % ring_size);
        level_ = level_ * kept;
        level_.left += jumps_[index].left;
        level_.right += jumps_[index].right;
        handed_over_.push_back(to_sample(level_.left + samples_[index].left));
        handed_over_.push_back(to_sample(level_.right + samples_[index].right));
        jumps_[index] = samples_[index] = {};
    }
    if (!handed_over_.empty()) sink_(first, handed_over_);
}

void SoundOutput::flush() { play_until(clock_.now()); }

}  // namespace calque
