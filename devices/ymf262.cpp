// Ports, timers and the pace of the samples.
#include "devices/ymf262.hpp"

#include "devices/bits.hpp"

#include <algorithm>
#include <stdexcept>

namespace calque {

namespace {

constexpr std::int64_t hertz = 14'318'180;
constexpr Ticks ticks_a_sample = 288;
constexpr double sample_hertz = static_cast<double>(hertz) / ticks_a_sample;
/// Whoever listens asks more often than every second while anything sounds.
constexpr Ticks most_unplayed = 50'000;
/// Timer 1 counts every fourth sample, timer 2 every sixteenth: 80 and 320 microseconds.
constexpr std::array<Ticks, 2> ticks_a_count{4 * ticks_a_sample, 16 * ticks_a_sample};

enum Register : std::uint16_t { timer1 = 2, timer2 = 3, timer_control = 4, new_features = 0x105 };
enum Control : std::uint8_t { reset_flags = 0x80 };

Nanoseconds round_of(std::uint8_t value, unsigned timer) {
    return time_of_tick((0x100 - value) * ticks_a_count[timer], hertz);
}

}  // namespace

Ticks Ymf262::sample_at(Nanoseconds time) { return ticks_at(time, hertz) / ticks_a_sample; }
Nanoseconds Ymf262::time_of_sample(Ticks sample) { return time_of_tick(sample * ticks_a_sample, hertz); }

const Ymf262::State& Ymf262::state() const {
    state_.synthesis = synthesis_.state();
    if (listener_) state_.unplayed = sample_at(clock_.now()) - played_samples_;
    return state_;
}

void Ymf262::restore(const State& state) {
    const bool possible = state.address < state.registers.size() &&
                          ymf262::Synthesis::possible(state.synthesis) && state.unplayed >= 0;
    if (!possible) throw std::runtime_error("the saved state of the FM synthesizer is damaged");
    state_ = state;
    synthesis_.restore(state.synthesis, state.registers);
    if (synthesis_.sounds()) state_.unplayed = std::min(state_.unplayed, most_unplayed);
    played_samples_ = sample_at(clock_.now()) - state_.unplayed;
    if (listener_) listener_->wake();
}

void Ymf262::settle_timers() {
    const Nanoseconds now = clock_.now();
    for (unsigned i = 0; i < 2; ++i) {
        TimerState& timer = state_.timers[i];
        if (!timer.running) continue;
        const Nanoseconds round = round_of(timer.value, i), rounds = (now - timer.counts_from) / round;
        timer.counts_from += rounds * round;
        if (rounds > 0 && !timer.masked) timer.expired = true;
    }
}

std::uint32_t Ymf262::port_read(std::uint16_t port, unsigned /*size*/) {
    if (port & 3) return 0xFF;
    settle_timers();
    const bool first = state_.timers[0].expired, second = state_.timers[1].expired;
    return unsigned{first || second} << 7 | unsigned{first} << 6 | unsigned{second} << 5;
}

// The second bank is there from the start only for the register that switches it on.
void Ymf262::port_write(std::uint16_t port, std::uint32_t value, unsigned /*size*/) {
    if (port & 1) return write(byte_of(value));
    const bool second = port & 2;
    const bool reachable = state_.registers[new_features] & 1 || byte_of(value) == (new_features & 0xFF);
    state_.address = static_cast<std::uint16_t>(byte_of(value) | (second && reachable ? 0x100 : 0));
}

void Ymf262::write(std::uint8_t value) {
    if (listener_) play_until(clock_.now());
    if (state_.address == timer_control) {
        write_timer_control(value);
    } else {
        settle_timers();
        if (state_.address == timer1) state_.timers[0].value = value;
        if (state_.address == timer2) state_.timers[1].value = value;
    }
    state_.registers[state_.address] = value;
    synthesis_.decode(state_.registers, state_.address);
    if (listener_) listener_->wake();
}

void Ymf262::write_timer_control(std::uint8_t value) {
    settle_timers();
    for (unsigned i = 0; i < 2; ++i) {
        TimerState& timer = state_.timers[i];
        if (value & reset_flags) {
            timer.expired = false;
            continue;
        }
        timer.masked = bit(value, 6 - i);
        const bool start = bit(value, i);
        if (start && !timer.running) timer.counts_from = clock_.now();
        timer.running = start;
    }
}

void Ymf262::listen(SoundListener* listener) {
    state();
    listener_ = listener;
    played_samples_ = sample_at(clock_.now()) - state_.unplayed;
}

void Ymf262::set_volume(StereoLevel volume) {
    if (listener_) play_until(clock_.now());
    volume_ = volume;
}

bool Ymf262::play_until(Nanoseconds now) {
    const Ticks end = sample_at(now);
    if (!synthesis_.sounds()) {
        synthesis_.skip(static_cast<std::uint64_t>(end - played_samples_));
        played_samples_ = end;
        return false;
    }
    while (played_samples_ < end) {
        ++played_samples_;
        listener_->sample(time_of_sample(played_samples_), synthesis_.next() * volume_, sample_hertz);
    }
    return true;
}

}  // namespace calque
