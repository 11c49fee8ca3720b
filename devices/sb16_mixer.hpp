// Creative CT1745, the mixer of a Sound Blaster 16, which also says which IRQ and DMA channels the card has.
#pragma once

#include "devices/sound_line.hpp"

#include <array>
#include <cstdint>
#include <functional>

namespace calque {

class Sb16Mixer {
public:
    struct State {
        std::uint8_t index = 0;
        std::array<std::uint8_t, 0x100> registers{};
    };

    Sb16Mixer() { reset(); }
    const State& state() const { return state_; }
    void restore(const State& state);
    /// Power-on: the settings of interrupt and DMA, which a reset of the mixer keeps, are the usual ones.
    void reset();

    void select(std::uint8_t index) { state_.index = index; }
    std::uint8_t read() const;
    void write(std::uint8_t value);

    /// What voice and FM are multiplied by on their way to the output.
    StereoLevel voice_volume() const { return volume(0x32, 6, 1); }
    StereoLevel fm_volume() const { return volume(0x34, 12, 2); }
    /// Called after a volume changed.
    void on_change(std::function<void()> callback) { change_ = std::move(callback); }

    /// The card's interrupt request line: 9, 5, 7 or 10.
    unsigned irq() const;
    /// 0, 1 or 3.
    unsigned byte_channel() const;
    /// 5, 6 or 7, or the byte channel if none of them is chosen.
    unsigned word_channel() const;
    /// Bits of the interrupt status register, which the card keeps up to date.
    void set_interrupts(std::uint8_t bits) { interrupts_ = bits; }

private:
    void reset_volumes();
    void write_pair(unsigned first, std::uint8_t value);
    std::uint8_t read_pair(unsigned first) const;
    StereoLevel volume(unsigned source, float amplifier, float most) const;

    State state_;
    std::uint8_t interrupts_ = 0;
    std::function<void()> change_;
};

template <typename Archive>
void describe(Archive& archive, Sb16Mixer::State& state) {
    archive("index", state.index);
    archive("registers", state.registers);
}

}  // namespace calque
