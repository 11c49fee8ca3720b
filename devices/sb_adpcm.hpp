// The differential codes that a Sound Blaster's DSP decodes: 4, 2.6 and 2 bits a sample.
#pragma once

#include <cstdint>

namespace calque {

enum class AdpcmCode : std::uint8_t { none, bits4, bits2_6, bits2 };

class SbAdpcm {
public:
    struct State {
        std::uint8_t level = 0x80;  ///< the last sample
        std::uint8_t step = 0;
    };

    const State& state() const { return state_; }
    void restore(const State& state) { state_ = state; }
    static constexpr std::uint8_t most_steps = 5;  ///< of any code
    /// A block begins with its first sample.
    void set_reference(std::uint8_t level) { state_ = {level, 0}; }

    /// How many samples there are in a byte.
    static unsigned samples(AdpcmCode code);
    /// Sample `index` of the byte, unsigned; to be asked for in their order.
    std::uint8_t decode(AdpcmCode code, std::uint8_t byte, unsigned index);

private:
    State state_;
};

template <typename Archive>
void describe(Archive& archive, SbAdpcm::State& state) {
    archive("level", state.level);
    archive("step", state.step);
}

}  // namespace calque
