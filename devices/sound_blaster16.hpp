// A Sound Blaster 16: DSP, mixer and FM synthesizer on one card.
#pragma once

#include "devices/port_bus.hpp"
#include "devices/sb16_dsp.hpp"
#include "devices/sb16_mixer.hpp"
#include "devices/wire.hpp"
#include "devices/ymf262.hpp"

#include <array>
#include <cstdint>

namespace calque {

/// At port 220h, IRQ 5, DMA channels 1 and 5 until its mixer is told otherwise.
class SoundBlaster16 final : public PortDevice {
public:
    static constexpr std::uint16_t first_port = 0x220, last_port = 0x22F;

    struct State {
        Sb16Mixer::State mixer;
        Sb16Dsp::State dsp;
        Ymf262::State fm;
    };

    SoundBlaster16(Clock& clock, Dma8237Pair& dma);
    State state() const { return {mixer_.state(), dsp_.state(), fm_.state()}; }
    void restore(const State& state);
    void reset();

    std::uint32_t port_read(std::uint16_t port, unsigned size) override;
    void port_write(std::uint16_t port, std::uint32_t value, unsigned size) override;

    Sb16Dsp& dsp() { return dsp_; }
    Ymf262& fm() { return fm_; }
    /// The lines that the card can drive: IRQ 9 (an AT's 2), 5, 7, 10.
    static constexpr std::array<unsigned, 4> irqs{9, 5, 7, 10};
    std::array<Wire, 4> irq;

private:
    void drive_irq();
    void set_volumes();

    Sb16Mixer mixer_;
    Sb16Dsp dsp_;
    Ymf262 fm_;
};

template <typename Archive>
void describe(Archive& archive, SoundBlaster16::State& state) {
    archive("mixer", state.mixer);
    archive("dsp", state.dsp);
    archive("fm", state.fm);
}

}  // namespace calque
