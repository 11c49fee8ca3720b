// The card's ports.
#include "devices/sound_blaster16.hpp"

#include "devices/bits.hpp"

namespace calque {

namespace {

/// Offsets. FM answers at 0..3 and, its first bank, at 8 and 9.
enum Offset : std::uint8_t {
    fm_last = 3,
    mixer_index = 4,
    mixer_data = 5,
    dsp_reset = 6,
    old_fm_address = 8,
    old_fm_data = 9,
    dsp_data = 0xA,
    dsp_command = 0xC,
    dsp_status = 0xE,
    acknowledge_words = 0xF,
};

constexpr std::uint8_t data_waits = 0x80, other_bits = 0x7F;

}  // namespace

SoundBlaster16::SoundBlaster16(Clock& clock, Dma8237Pair& dma)
    : dsp_(clock, dma,
           [this] {
               return Sb16Dsp::Channels{mixer_.byte_channel(), mixer_.word_channel()};
           }),
      fm_(clock) {
    dsp_.on_interrupt([this] { drive_irq(); });
    mixer_.on_change([this] {
        set_volumes();
        drive_irq();
    });
    set_volumes();
}

void SoundBlaster16::restore(const State& state) {
    mixer_.restore(state.mixer);
    dsp_.restore(state.dsp);
    fm_.restore(state.fm);
}

void SoundBlaster16::reset() {
    mixer_.reset();
    dsp_.reset();
    fm_.reset();
}

void SoundBlaster16::set_volumes() {
    dsp_.set_volume(mixer_.voice_volume());
    fm_.set_volume(mixer_.fm_volume());
}

void SoundBlaster16::drive_irq() {
    const bool bytes = dsp_.state().byte_interrupt, words = dsp_.state().word_interrupt;
    mixer_.set_interrupts(static_cast<std::uint8_t>(bytes | words << 1));
    for (std::size_t i = 0; i < irqs.size(); ++i) irq[i].set((bytes || words) && irqs[i] == mixer_.irq());
}

std::uint32_t SoundBlaster16::port_read(std::uint16_t port, unsigned size) {
    const auto offset = static_cast<std::uint8_t>(port - first_port);
    switch (offset) {
        case mixer_data: return mixer_.read();
        case old_fm_address:
        case old_fm_data: return fm_.port_read(offset & 1, size);
        case dsp_data: return dsp_.read_data();
        case dsp_command: return other_bits;  // never busy
        case dsp_status: {
            const bool waits = dsp_.has_data();
            dsp_.acknowledge_bytes();
            return other_bits | (waits ? data_waits : 0u);
        }
        case acknowledge_words: dsp_.acknowledge_words(); return 0xFF;
        default: return offset <= fm_last ? fm_.port_read(offset, size) : 0xFF;
    }
}

void SoundBlaster16::port_write(std::uint16_t port, std::uint32_t value, unsigned size) {
    const auto offset = static_cast<std::uint8_t>(port - first_port);
    switch (offset) {
        case mixer_index: return mixer_.select(byte_of(value));
        case mixer_data: return mixer_.write(byte_of(value));
        case dsp_reset: return dsp_.write_reset(byte_of(value));
        case old_fm_address:
        case old_fm_data: return fm_.port_write(offset & 1, value, size);
        case dsp_command: return dsp_.write_command(byte_of(value));
        default:
            if (offset <= fm_last) fm_.port_write(offset, value, size);
    }
}

}  // namespace calque
