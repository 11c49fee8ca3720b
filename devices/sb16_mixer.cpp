// Registers of the CT1745 (Sound Blaster hardware programming guide, "Mixer Chip").
#include "devices/sb16_mixer.hpp"

#include "devices/bits.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace calque {

namespace {

enum Register : std::uint8_t {
    reset_mixer = 0x00,
    old_microphone = 0x0A,
    master = 0x30,
    line = 0x38,
    microphone = 0x3A,
    speaker = 0x3B,
    output_switches = 0x3C,
    input_left = 0x3D,
    input_right = 0x3E,
    output_gain = 0x41,
    tone_first = 0x44,
    tone_last = 0x47,
    interrupt_setup = 0x80,
    dma_setup = 0x81,
    interrupt_status = 0x82,
};

/// The registers of the Sound Blaster Pro's mixer, four bits a side, and the first of the pair that each is.
constexpr std::array<std::pair<std::uint8_t, std::uint8_t>, 5> old_registers{
    {{0x04, 0x32}, {0x22, 0x30}, {0x26, 0x34}, {0x28, 0x36}, {0x2E, 0x38}}};

unsigned pair_of(std::uint8_t index) {
    for (const auto& [old, first] : old_registers) {
        if (old == index) return first;
    }
    return 0;
}

/// Which bits of a register exist.
std::uint8_t writable(std::uint8_t index) {
    constexpr std::uint8_t five_bits = 0xF8, two_bits = 0xC0;
    if (index >= master && index <= microphone) return five_bits;
    if (index >= speaker && index <= output_gain + 1)
        return index == output_switches                      ? 0x1F
               : index == input_left || index == input_right ? 0x7F
                                                             : two_bits;
    if (index == tone_first - 1) return 0x01;
    if (index >= tone_first && index <= tone_last) return 0xF0;
    if (index == interrupt_setup) return 0x0F;
    if (index == dma_setup) return 0xEB;
    return index == interrupt_status ? 0x00 : 0xFF;
}

/// 2 dB a step of five bits.
float gain(std::uint8_t value) { return std::pow(10.0F, (static_cast<float>(value >> 3) - 31) * 2 / 20); }

}  // namespace

void Sb16Mixer::restore(const State& state) {
    state_ = state;
    if (change_) change_();
}

void Sb16Mixer::reset() {
    state_ = {};
    state_.registers[interrupt_setup] = 0x02;  // IRQ 5
    state_.registers[dma_setup] = 0x22;        // channels 1 and 5
    reset_volumes();
}

void Sb16Mixer::reset_volumes() {
    constexpr std::uint8_t usual = 24 << 3, flat = 8 << 4;
    for (unsigned i = 0; i < interrupt_setup; ++i) state_.registers[i] = 0;
    for (unsigned i = master; i < master + 6u; ++i) state_.registers[i] = usual;
    state_.registers[output_switches] = 0x1F;
    state_.registers[input_left] = 0x15;
    state_.registers[input_right] = 0x0B;
    for (unsigned i = tone_first; i <= tone_last; ++i) state_.registers[i] = flat;
    if (change_) change_();
}

// The lowest of five bits is one where only four are written.
void Sb16Mixer::write_pair(unsigned first, std::uint8_t value) {
    constexpr unsigned lowest = 0x08;
    state_.registers[first] = static_cast<std::uint8_t>((value & 0xF0) | lowest);
    state_.registers[first + 1] = static_cast<std::uint8_t>((value << 4 & 0xF0) | lowest);
}

std::uint8_t Sb16Mixer::read_pair(unsigned first) const {
    return static_cast<std::uint8_t>((state_.registers[first] & 0xF0) | state_.registers[first + 1] >> 4);
}

std::uint8_t Sb16Mixer::read() const {
    constexpr std::uint8_t version_4_05 = 0x20;
    if (const unsigned first = pair_of(state_.index)) return read_pair(first);
    if (state_.index == interrupt_status) return interrupts_ | version_4_05;
    if (state_.index == old_microphone) return state_.registers[microphone] >> 5;
    return state_.registers[state_.index];
}

void Sb16Mixer::write(std::uint8_t value) {
    if (state_.index == reset_mixer) return reset_volumes();
    if (const unsigned first = pair_of(state_.index))
        write_pair(first, value);
    else if (state_.index == old_microphone)
        state_.registers[microphone] = static_cast<std::uint8_t>((value & 7) << 5 | 0x18);
    else
        state_.registers[state_.index] = value & writable(state_.index);
    if (change_) change_();
}

// Two sliders and the output's gain of 6 dB a step. An amplifier behind them makes up for where the sliders
// usually stand, and gives no more than `most`.
StereoLevel Sb16Mixer::volume(unsigned source, float amplifier, float most) const {
    const auto side = [&](unsigned i) {
        const int doublings = state_.registers[output_gain + i] >> 6;
        const float sliders = gain(state_.registers[master + i]) * gain(state_.registers[source + i]);
        return std::min(sliders * static_cast<float>(1 << doublings) * amplifier, most);
    };
    return {side(0), side(1)};
}

unsigned Sb16Mixer::irq() const {
    const std::uint8_t setup = state_.registers[interrupt_setup];
    return bit(setup, 0) ? 9 : bit(setup, 1) ? 5 : bit(setup, 2) ? 7 : 10;
}

unsigned Sb16Mixer::byte_channel() const {
    const std::uint8_t setup = state_.registers[dma_setup];
    return bit(setup, 0) ? 0 : bit(setup, 1) ? 1 : 3;
}

unsigned Sb16Mixer::word_channel() const {
    const std::uint8_t setup = state_.registers[dma_setup];
    return bit(setup, 5) ? 5 : bit(setup, 6) ? 6 : bit(setup, 7) ? 7 : byte_channel();
}

}  // namespace calque
