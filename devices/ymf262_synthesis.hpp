// The sound of a YMF262: 36 operators in 18 channels.
#pragma once

#include "devices/sound_line.hpp"
#include "devices/ymf262_operator.hpp"

#include <array>
#include <cstdint>

namespace calque::ymf262 {

inline constexpr unsigned operator_count = 36, channel_count = 18;
using Registers = std::array<std::uint8_t, 0x200>;

/// Goes on from sample to sample; what is played is taken from the registers when they are written.
class Synthesis {
public:
    struct State {
        std::array<OperatorState, operator_count> operators;
        std::uint64_t sample = 0;  ///< since power-on
        std::uint32_t noise = 1;   ///< a shift register of 23 bits
    };

    const State& state() const { return state_; }
    static bool possible(const State& state);
    void restore(const State& state, const Registers& registers);

    /// A register changed.
    void decode(const Registers& registers, unsigned index);
    /// The next sample.
    StereoLevel next();
    /// Goes on by `count` samples that nobody hears; nothing sounds.
    void skip(std::uint64_t count) { state_.sample += count; }
    /// Is any operator not silent, or a key down?
    bool sounds() const;

private:
    enum class Kind : std::uint8_t { two_operators, four_operators, second_half };
    struct Channel {
        Pitch pitch;
        Kind kind = Kind::two_operators;
        bool key = false;
        bool additive = false;
        std::uint8_t feedback = 0;
        bool left = false, right = false;
    };
    /// The phases from which cymbals are made.
    struct Percussion {
        bool hi_hat_2 = false, hi_hat_3 = false, hi_hat_7 = false, hi_hat_8 = false;
        bool cymbal_3 = false, cymbal_5 = false;
        bool mixed() const {
            return (hi_hat_2 != hi_hat_7) || (hi_hat_3 != cymbal_5) || (cymbal_3 != cymbal_5);
        }
    };

    void decode_operator(const Registers& registers, unsigned number);
    void decode_channel(const Registers& registers, unsigned number);
    void decode_all(const Registers& registers);
    bool key_down(unsigned number) const;
    const Pitch& pitch_of(unsigned number) const;
    Modulation modulation() const;

    void run(unsigned number, const Modulation& shared, int phase_shift);
    unsigned percussive_phase(unsigned number, unsigned phase);
    int feedback(unsigned channel) const;
    int two_operators(unsigned channel, const Modulation& shared);
    int four_operators(unsigned channel, const Modulation& shared);
    int percussion(unsigned channel, const Modulation& shared);
    int channel_output(unsigned channel, const Modulation& shared);
    void advance_noise(unsigned steps);

    int output(unsigned number) const { return state_.operators[number].output; }

    State state_;
    std::array<OperatorSettings, operator_count> settings_;
    std::array<Channel, channel_count> channels_;
    std::uint8_t drum_keys_ = 0;
    bool rhythm_ = false, deep_tremolo_ = false, deep_vibrato_ = false;
    Percussion percussion_;
};

template <typename Archive>
void describe(Archive& archive, Synthesis::State& state) {
    archive("operators", state.operators);
    archive("sample", state.sample);
    archive("noise", state.noise);
}

}  // namespace calque::ymf262
