// The speaker follows the edges of counter 2.
#include "devices/pc_speaker.hpp"

namespace calque {

namespace {

/// Loud enough beside a sound card.
constexpr float amplitude = 0.25F;

/// What oscillates faster than anybody hears is no edge any more but a level: 40 kHz.
constexpr Ticks shortest_period = Pit8254::hertz / 40'000;

}  // namespace

PcSpeaker::PcSpeaker(Clock& clock, Pit8254& pit, SystemControlPortB& port_b)
    : clock_(clock), pit_(pit), port_b_(port_b) {}

void PcSpeaker::listen(SoundListener* listener) {
    listener_ = listener;
    played_until_ = ticks_at(clock_.now(), Pit8254::hertz);
    std::function<void()> callback;
    if (listener) callback = [this] { before_change(); };
    pit_.on_tone_change(callback);
    port_b_.on_change(callback);
}

void PcSpeaker::before_change() {
    play_until(clock_.now());
    listener_->wake();
}

float PcSpeaker::level(Ticks tick) const {
    if (!port_b_.speaker_data()) return 0;
    const Ticks period = pit_.tone_period();
    if (period && period < shortest_period) return amplitude / 2;
    return pit_.tone_out(tick) ? amplitude : 0;
}

bool PcSpeaker::sounds(Ticks now) const { return port_b_.speaker_data() && pit_.next_tone_edge(now) >= 0; }

bool PcSpeaker::play_until(Nanoseconds now) {
    const Ticks end = ticks_at(now, Pit8254::hertz);
    const auto tell = [this](Ticks tick) {
        const float present = level(tick);
        listener_->hold(time_of_tick(tick, Pit8254::hertz), {present, present});
    };
    tell(played_until_);
    const Ticks period = pit_.tone_period();
    if (port_b_.speaker_data() && (!period || period >= shortest_period)) {
        for (Ticks tick = pit_.next_tone_edge(played_until_); tick >= 0 && tick <= end;
             tick = pit_.next_tone_edge(tick))
            tell(tick);
    }
    played_until_ = end;
    return sounds(end);
}

}  // namespace calque
