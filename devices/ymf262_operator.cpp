// Envelope, phase and waveforms, as the chip computes them.
#include "devices/ymf262_operator.hpp"

#include "devices/ymf262_tables.hpp"

#include <array>
#include <bit>

namespace calque::ymf262 {

namespace {

constexpr unsigned fastest_rate = 60;

unsigned effective_rate(unsigned rate, const OperatorSettings& settings, const Pitch& pitch) {
    const unsigned by_key = settings.scale_rate ? pitch.rate_key : pitch.rate_key >> 2u;
    const unsigned sum = 4 * rate + by_key;
    return sum < 64 ? sum : fastest_rate + sum % 4;
}

/// How far the envelope moves with this sample: 0 for not at all, else 1 + the exponent of two. The
/// envelope's counter advances every other sample. Slow rates step where its lowest one is in a place of
/// their own (the two lower bits of a rate add places), fast ones with every sample, and more often the
/// greater step.
unsigned envelope_shift(unsigned rate, unsigned register_rate, std::uint64_t sample) {
    constexpr unsigned fast = 12, lowest_place = 13;
    constexpr std::array<std::array<std::uint8_t, 4>, 4> extra{
        {{0, 0, 0, 0}, {1, 0, 0, 0}, {1, 0, 1, 0}, {1, 1, 1, 0}}};
    if (register_rate == 0) return 0;
    const unsigned high = rate / 4, low = rate % 4;
    const std::uint64_t counter = sample / 2;
    const bool counts = sample % 2;
    if (high < fast) {
        if (!counts) return 0;
        const auto zeros = static_cast<unsigned>(std::countr_zero(counter));
        const unsigned place = high + (zeros < lowest_place ? zeros + 1 : 0);
        return place == 12 ? 1 : place == 13 ? low >> 1 : place == 14 ? low & 1 : 0;
    }
    const unsigned shift = (high & 3) + extra[low][counter % 4];
    if (shift > 3) return 3;
    return shift ? shift : counts;
}

unsigned register_rate(const OperatorState& state, const OperatorSettings& settings) {
    switch (state.stage) {
        case Stage::attack: return settings.attack;
        case Stage::decay: return settings.decay;
        case Stage::sustain: return settings.sustained ? 0 : settings.release;
        case Stage::release: break;
    }
    return settings.release;
}

/// The attack is exponential: a share of what is left.
void step_attack(OperatorState& state, bool key, bool immediate, unsigned shift) {
    if (state.level == 0)
        state.stage = Stage::decay;
    else if (key && shift && !immediate)
        state.level = static_cast<std::uint16_t>(state.level + (~int{state.level} >> (4 - shift)));
}

void step_down(OperatorState& state, unsigned shift) {
    constexpr unsigned mask = 0x1FF;
    if (shift) state.level = static_cast<std::uint16_t>((state.level + (1u << (shift - 1))) & mask);
}

}  // namespace

void advance_envelope(OperatorState& state, const OperatorSettings& settings, const Pitch& pitch, bool key,
                      std::uint64_t sample) {
    constexpr unsigned faded = 0x1F8;
    const bool restart = key && state.stage == Stage::release;
    state.restarted = restart;
    const unsigned written = restart ? settings.attack : register_rate(state, settings);
    const unsigned rate = effective_rate(written, settings, pitch);
    const unsigned shift = envelope_shift(rate, written, sample);
    const bool immediate = rate >= fastest_rate;
    const bool off = (state.level & faded) == faded;
    if (restart) {
        if (immediate) state.level = 0;
        state.stage = Stage::attack;
        return;
    }
    if (state.stage == Stage::attack) {
        step_attack(state, key, immediate, shift);
    } else if (off) {
        state.level = OperatorState::silent;
    } else if (state.stage == Stage::decay && state.level >> 4 == settings.sustain_level) {
        state.stage = Stage::sustain;
    } else {
        step_down(state, shift);
    }
    if (!key) state.stage = Stage::release;
}

unsigned advance_phase(OperatorState& state, const OperatorSettings& settings, const Pitch& pitch,
                       const Modulation& modulation) {
    // In halves: 1/2, 1, 2, ... 10, 10, 12, 12, 15, 15.
    constexpr std::array<std::uint8_t, 16> halves{1, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 20, 24, 24, 30, 30};
    constexpr unsigned phase_bits = 19;
    unsigned number = pitch.number;
    if (settings.vibrato && modulation.vibrato_step % 4) {
        unsigned range = pitch.number >> 7u;
        if (modulation.vibrato_step % 2) range >>= 1;
        if (!modulation.deep_vibrato) range >>= 1;
        number += modulation.vibrato_step & 4 ? 0u - range : range;
    }
    const unsigned before = state.phase >> 9;
    if (state.restarted) state.phase = 0;
    const unsigned base = number << pitch.block >> 1;
    state.phase = (state.phase + (base * halves[settings.multiple] >> 1)) & ((1u << phase_bits) - 1);
    return before;
}

namespace {

constexpr unsigned no_sound = 0x1000;

struct Wave {
    unsigned logarithm;  ///< of the magnitude
    bool negative;
};

// The two lower bits of a quarter's number mirror and negate it.
Wave sine(unsigned phase) { return {log_sine(phase & 0x100 ? ~phase : phase), (phase & 0x200) != 0}; }
Wave double_sine(unsigned phase) {
    if (phase & 0x200) return {no_sound, false};
    return {log_sine((phase & 0x80 ? ~phase : phase) << 1), (phase & 0x100) != 0};
}
/// The exponential table alone: a sawtooth's logarithmic brother.
Wave logarithmic_sawtooth(unsigned phase) {
    const bool negative = phase & 0x200;
    return {((negative ? ~phase : phase) & 0x1FF) << 3, negative};
}

Wave wave_at(unsigned waveform, unsigned phase) {
    switch (waveform) {
        case 0: return sine(phase);
        case 1: return phase & 0x200 ? Wave{no_sound, false} : sine(phase);
        case 2: return {sine(phase).logarithm, false};
        case 3: return {phase & 0x100 ? no_sound : log_sine(phase), false};
        case 4: return double_sine(phase);
        case 5: return {double_sine(phase).logarithm, false};
        case 6: return {0, (phase & 0x200) != 0};
        default: return logarithmic_sawtooth(phase);
    }
}

unsigned level_scaling(const OperatorSettings& settings, const Pitch& pitch) {
    constexpr std::array<std::uint8_t, 4> shifts{8, 1, 2, 0};
    return unsigned{pitch.attenuation} * 4 >> shifts[settings.scale_level];
}

}  // namespace

// Negative results are ones' complements: the chip inverts and does not add the one.
std::int16_t operator_output(const OperatorState& state, const OperatorSettings& settings, const Pitch& pitch,
                             const Modulation& modulation, unsigned phase) {
    const unsigned attenuation = state.level + 4u * settings.total_level + level_scaling(settings, pitch) +
                                 (settings.tremolo ? modulation.tremolo : 0);
    const Wave wave = wave_at(settings.waveform, phase & 0x3FF);
    const std::int16_t magnitude = exponential(wave.logarithm + (attenuation << 3));
    return static_cast<std::int16_t>(wave.negative ? ~magnitude : magnitude);
}

}  // namespace calque::ymf262
