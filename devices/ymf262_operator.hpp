// One operator of a YMF262: a phase, an envelope, a waveform.
#pragma once

#include <cstdint>

namespace calque::ymf262 {

/// The registers of an operator, taken apart.
struct OperatorSettings {
    std::uint8_t attack = 0, decay = 0, release = 0;  ///< rates, 0..15
    std::uint8_t sustain_level = 0;                   ///< in 16 steps of the envelope, 31 for the lowest
    bool sustained = false;                           ///< stays at that level while the key is down
    bool tremolo = false, vibrato = false;
    bool scale_rate = false;       ///< KSR: rates follow the pitch fully
    std::uint8_t scale_level = 0;  ///< KSL as written: off, 3, 1.5, 6 dB an octave
    std::uint8_t multiple = 0;
    std::uint8_t total_level = 0;
    std::uint8_t waveform = 0;
};

/// The pitch that the operators of a channel share.
struct Pitch {
    std::uint16_t number = 0;  ///< F-number, 10 bits
    std::uint8_t block = 0;
    std::uint8_t rate_key = 0;     ///< key scale number, 4 bits
    std::uint8_t attenuation = 0;  ///< of level scaling at 6 dB an octave, in the envelope's steps of 4
};

enum class Stage : std::uint8_t { release, attack, decay, sustain };

struct OperatorState {
    static constexpr std::uint16_t silent = 0x1FF;

    Stage stage = Stage::release;
    std::uint16_t level = silent;  ///< attenuation, in 0.1875 dB
    std::uint32_t phase = 0;       ///< 19 bits, the upper ten a period of the waveform
    std::int16_t output = 0, previous_output = 0;
    bool restarted = false;  ///< the phase begins anew with the next sample
};

template <typename Archive>
void describe(Archive& archive, OperatorState& state) {
    archive("stage", state.stage);
    archive("level", state.level);
    archive("phase", state.phase);
    archive("output", state.output);
    archive("previous_output", state.previous_output);
    archive("restarted", state.restarted);
}

/// What all operators of the chip share at one sample.
struct Modulation {
    std::uint64_t sample = 0;   ///< since power-on
    unsigned tremolo = 0;       ///< attenuation, in the envelope's steps
    unsigned vibrato_step = 0;  ///< 0..7
    bool deep_vibrato = false;
};

/// One sample's step of the envelope.
void advance_envelope(OperatorState& state, const OperatorSettings& settings, const Pitch& pitch, bool key,
                      std::uint64_t sample);
/// The phase before the step, ten bits.
unsigned advance_phase(OperatorState& state, const OperatorSettings& settings, const Pitch& pitch,
                       const Modulation& modulation);
/// What the operator gives at `phase` (ten bits, further ones are ignored), 13 bits with sign.
std::int16_t operator_output(const OperatorState& state, const OperatorSettings& settings, const Pitch& pitch,
                             const Modulation& modulation, unsigned phase);

}  // namespace calque::ymf262
