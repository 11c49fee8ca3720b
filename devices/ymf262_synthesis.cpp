// How operators are connected, and what they give together.
#include "devices/ymf262_synthesis.hpp"

#include <algorithm>

namespace calque::ymf262 {

namespace {

constexpr unsigned hi_hat = 13, snare_drum = 16, cymbal = 17;
constexpr unsigned bass_channel = 6, tom_channel = 8;
constexpr unsigned carrier_distance = 3, second_half_distance = 6;

/// The modulator of a channel; of four operators the first.
unsigned first_operator(unsigned channel) {
    const unsigned in_bank = channel % 9;
    return channel / 9 * 18 + in_bank / 3 * 6 + in_bank % 3;
}

}  // namespace

// The tremolo's triangle has 210 steps of 64 samples, the vibrato eight of 1024.
Modulation Synthesis::modulation() const {
    constexpr unsigned steps = 210;
    const auto position = static_cast<unsigned>(state_.sample / 64 % steps);
    const unsigned triangle = position < steps / 2 ? position : steps - position;
    return {.sample = state_.sample,
            .tremolo = triangle >> (deep_tremolo_ ? 2 : 4),
            .vibrato_step = static_cast<unsigned>(state_.sample / 1024 % 8),
            .deep_vibrato = deep_vibrato_};
}

// One step of the register an operator; what it gives at a drum's place in the sample is that drum's noise.
void Synthesis::advance_noise(unsigned steps) {
    std::uint32_t noise = state_.noise;
    for (unsigned i = 0; i < steps; ++i) noise = noise >> 1 | ((noise >> 14 ^ noise) & 1) << 22;
    state_.noise = noise;
}

unsigned Synthesis::percussive_phase(unsigned number, unsigned phase) {
    const auto place = [phase](unsigned number_of_bit) { return (phase >> number_of_bit & 1) != 0; };
    const bool noise = state_.noise & 1;
    if (number == hi_hat) {
        percussion_.hi_hat_2 = place(2);
        percussion_.hi_hat_3 = place(3);
        percussion_.hi_hat_7 = place(7);
        percussion_.hi_hat_8 = place(8);
    } else if (number == cymbal) {
        percussion_.cymbal_3 = place(3);
        percussion_.cymbal_5 = place(5);
    }
    const bool mixed = percussion_.mixed(), high = percussion_.hi_hat_8;
    switch (number) {
        case hi_hat: return unsigned{mixed} << 9 | (mixed != noise ? 0xD0u : 0x34u);
        case snare_drum: return unsigned{high} << 9 | unsigned{high != noise} << 8;
        case cymbal: return unsigned{mixed} << 9 | 0x80u;
        default: return phase;
    }
}

void Synthesis::run(unsigned number, const Modulation& shared, int phase_shift) {
    OperatorState& state = state_.operators[number];
    const OperatorSettings& settings = settings_[number];
    const Pitch& pitch = pitch_of(number);
    const bool key = key_down(number);
    const bool drum = rhythm_ && number >= hi_hat && number <= cymbal;
    state.previous_output = state.output;
    if (!key && !drum && state.level == OperatorState::silent) {
        state.stage = Stage::release;
        state.output = 0;
        return;
    }
    advance_envelope(state, settings, pitch, key, shared.sample);
    const unsigned own = advance_phase(state, settings, pitch, shared);
    const unsigned phase = (drum ? percussive_phase(number, own) : own) + static_cast<unsigned>(phase_shift);
    state.output = operator_output(state, settings, pitch, shared, phase);
}

// The mean of the two last samples, in units of the modulation's.
int Synthesis::feedback(unsigned channel) const {
    const unsigned amount = channels_[channel].feedback;
    const OperatorState& state = state_.operators[first_operator(channel)];
    return amount ? (state.output + state.previous_output) >> (9 - amount) : 0;
}

int Synthesis::two_operators(unsigned channel, const Modulation& shared) {
    const unsigned modulator = first_operator(channel), carrier = modulator + carrier_distance;
    const bool additive = channels_[channel].additive;
    run(modulator, shared, feedback(channel));
    run(carrier, shared, additive ? 0 : output(modulator));
    return output(carrier) + (additive ? output(modulator) : 0);
}

// Each of the two channels has a bit that cuts its part of the chain of operators.
int Synthesis::four_operators(unsigned channel, const Modulation& shared) {
    const unsigned one = first_operator(channel), two = one + carrier_distance;
    const unsigned three = one + second_half_distance, four = three + carrier_distance;
    const bool first = channels_[channel].additive, second = channels_[channel + carrier_distance].additive;
    run(one, shared, feedback(channel));
    run(two, shared, first ? 0 : output(one));
    run(three, shared, first || !second ? output(two) : 0);
    run(four, shared, first && second ? 0 : output(three));
    int sum = output(four);
    if (first) sum += output(one);
    if (second) sum += first ? output(three) : output(two);
    return sum;
}

// The bass drum is a channel as any other, but that an additive one has no modulator at all. Drums are twice
// as loud.
int Synthesis::percussion(unsigned channel, const Modulation& shared) {
    const unsigned first = first_operator(channel), second = first + carrier_distance;
    if (channel == bass_channel) {
        run(first, shared, feedback(channel));
        run(second, shared, channels_[channel].additive ? 0 : output(first));
        return 2 * output(second);
    }
    run(first, shared, 0);
    run(second, shared, 0);
    return 2 * (output(first) + output(second));
}

int Synthesis::channel_output(unsigned channel, const Modulation& shared) {
    const bool drums = rhythm_ && channel >= bass_channel && channel <= tom_channel;
    if (drums) return percussion(channel, shared);
    switch (channels_[channel].kind) {
        case Kind::two_operators: return two_operators(channel, shared);
        case Kind::four_operators: return four_operators(channel, shared);
        case Kind::second_half: break;
    }
    return 0;
}

// What four operators give goes where the second channel's bits send it.
StereoLevel Synthesis::next() {
    const Modulation shared = modulation();
    int left = 0, right = 0;
    for (unsigned channel = 0; channel < channel_count; ++channel) {
        const int sound = channel_output(channel, shared);
        const bool four = channels_[channel].kind == Kind::four_operators;
        const Channel& panned = channels_[four ? channel + carrier_distance : channel];
        if (panned.left) left += sound;
        if (panned.right) right += sound;
    }
    advance_noise(operator_count);
    ++state_.sample;
    constexpr int limit = 0x7FFF;
    constexpr float scale = 1.0F / 0x8000;
    return {static_cast<float>(std::clamp(left, -limit - 1, limit)) * scale,
            static_cast<float>(std::clamp(right, -limit - 1, limit)) * scale};
}

}  // namespace calque::ymf262
