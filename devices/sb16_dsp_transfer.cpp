// Samples on their way between memory and the converters.
#include "devices/sb16_dsp.hpp"

#include <algorithm>

namespace calque {

namespace {

/// What is fetched at once.
constexpr Nanoseconds portion = 1'000'000;

}  // namespace

// A block of n samples takes n periods; the first sample is fetched at the end of the first.
Nanoseconds Sb16Dsp::time_of(Ticks sample) const {
    return state_.transfer.started + time_of_tick(sample, state_.hertz);
}

Ticks Sb16Dsp::samples_left() const {
    const Transfer& transfer = state_.transfer;
    const Ticks in_byte = SbAdpcm::samples(transfer.code);
    if (transfer.needs_reference) return (transfer.left - 1) * in_byte + 1;
    if (transfer.code != AdpcmCode::none) return transfer.left * in_byte - transfer.next_in_byte;
    return transfer.stereo ? (transfer.left + 1) / 2 : transfer.left;
}

void Sb16Dsp::start(Transfer transfer, std::uint32_t units) {
    play_until(clock_.now());
    transfer.block = transfer.left = units;
    state_.transfer = transfer;
    restart_pace();
    if (listener_) listener_->wake();
}

void Sb16Dsp::stop() {
    state_.transfer.activity = Activity::none;
    state_.transfer.paused = false;
    schedule();
}

void Sb16Dsp::restart_pace() {
    state_.transfer.started = clock_.now();
    state_.transfer.played = 0;
    state_.transfer.starved = false;
    schedule();
}

void Sb16Dsp::arm(Nanoseconds at) {
    state_.transfer.due_at = at;
    timer_.arm(at);
}

void Sb16Dsp::schedule() {
    if (!running() || state_.transfer.starved) return arm(never);
    const Ticks next = state_.transfer.played + 1;
    const Nanoseconds end = time_of(state_.transfer.played + std::max<Ticks>(samples_left(), 1));
    arm(std::min(end, std::max(time_of(next), clock_.now() + portion)));
}

// The controller is programmed: what was to be fetched before is, and who starved tries again.
void Sb16Dsp::before_dma_access() {
    if (!running()) return;
    if (state_.transfer.starved)
        arm(clock_.now());
    else
        play_until(clock_.now());
}

void Sb16Dsp::expired() {
    state_.transfer.due_at = never;
    if (state_.transfer.starved) restart_pace();
    play_until(clock_.now());
    schedule();
}

bool Sb16Dsp::play_until(Nanoseconds now) {
    while (running() && !state_.transfer.starved && time_of(state_.transfer.played + 1) <= now) {
        if (!step()) {
            state_.transfer.starved = true;
            arm(never);
        }
    }
    return running() && !state_.transfer.starved;
}

/// Fills `frame` from memory or, recording, memory from it. False if the channel moved nothing.
bool Sb16Dsp::move(std::span<std::uint8_t> frame) {
    const Transfer& transfer = state_.transfer;
    const auto [bytes, words] = channels_();
    const unsigned channel = transfer.words ? words : bytes;
    std::size_t moved = 0;
    while (moved < frame.size()) {
        const auto rest = frame.subspan(moved);
        const auto part = transfer.activity == Activity::input ? dma_.write_memory(channel, rest)
                                                               : dma_.read_memory(channel, rest);
        if (part.moved == 0) break;
        moved += part.moved;
    }
    return moved > 0;
}

// A reference byte takes the place of a sample.
bool Sb16Dsp::next_differential(std::uint8_t& level) {
    Transfer& transfer = state_.transfer;
    if (transfer.next_in_byte == 0) {
        if (!move({&transfer.byte, 1})) return false;
        if (transfer.needs_reference) {
            transfer.needs_reference = false;
            adpcm_.set_reference(transfer.byte);
            level = transfer.byte;
            count(1);
            return true;
        }
    }
    level = adpcm_.decode(transfer.code, transfer.byte, transfer.next_in_byte);
    transfer.next_in_byte =
        static_cast<std::uint8_t>((transfer.next_in_byte + 1u) % SbAdpcm::samples(transfer.code));
    if (transfer.next_in_byte == 0) count(1);
    return true;
}

StereoLevel Sb16Dsp::level_of(std::span<const std::uint8_t> frame) const {
    const Transfer& transfer = state_.transfer;
    const auto side = [&](unsigned index) {
        const std::size_t at = index * (transfer.words ? 2u : 1u);
        const unsigned word = transfer.words ? load_little_endian(frame, at, 2) : unsigned{frame[at]} << 8;
        const auto level = static_cast<std::int16_t>(transfer.is_signed ? word : word ^ 0x8000u);
        return static_cast<float>(level) / 0x8000;
    };
    const float left = side(0);
    return {left, transfer.stereo ? side(1) : left};
}

/// One sample of each channel. False if there was none to fetch.
bool Sb16Dsp::step() {
    Transfer& transfer = state_.transfer;
    const Nanoseconds at = time_of(transfer.played + 1);
    const double hertz = state_.hertz;
    std::array<std::uint8_t, 4> frame{};
    const std::uint32_t units = std::min(transfer.stereo ? 2u : 1u, std::max(transfer.left, 1u));
    StereoLevel level;
    if (transfer.activity == Activity::silence) {
        count(1);
    } else if (transfer.code != AdpcmCode::none) {
        if (!next_differential(frame[0])) return false;
        level = level_of(frame);
    } else {
        if (!transfer.is_signed && transfer.activity == Activity::input)
            frame = transfer.words ? std::array<std::uint8_t, 4>{0, 0x80, 0, 0x80}
                                   : std::array<std::uint8_t, 4>{0x80, 0x80, 0x80, 0x80};
        if (!move(std::span(frame).first(units * (transfer.words ? 2u : 1u)))) return false;
        if (transfer.activity == Activity::output) level = level_of(frame);
        count(units);
    }
    ++transfer.played;
    if (listener_) listener_->sample(at, level * volume_, hertz);
    return true;
}

void Sb16Dsp::count(std::uint32_t units) {
    Transfer& transfer = state_.transfer;
    transfer.left -= std::min(units, transfer.left);
    if (transfer.left) return;
    interrupt(transfer.words);
    if (transfer.repeats)
        transfer.left = transfer.block;
    else
        stop();
}

void Sb16Dsp::interrupt(bool words) {
    (words ? state_.word_interrupt : state_.byte_interrupt) = true;
    if (interrupt_) interrupt_();
}

void Sb16Dsp::listen(SoundListener* listener) {
    listener_ = listener;
    if (listener_ && running()) listener_->wake();
}

void Sb16Dsp::set_volume(StereoLevel volume) {
    play_until(clock_.now());
    volume_ = volume;
}

}  // namespace calque
