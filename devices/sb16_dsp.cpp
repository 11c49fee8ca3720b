// The DSP's life: reset, replies, interrupts.
#include "devices/sb16_dsp.hpp"

#include <utility>

namespace calque {

Sb16Dsp::Sb16Dsp(Clock& clock, Dma8237Pair& dma, std::function<Channels()> channels)
    : clock_(clock), dma_(dma), channels_(std::move(channels)), timer_(clock, "sb16", [this] { expired(); }) {
    dma_.before_access([this] { before_dma_access(); });
}

const Sb16Dsp::State& Sb16Dsp::state() const {
    state_.adpcm = adpcm_.state();
    return state_;
}

void Sb16Dsp::restore(const State& state) {
    state_ = state;
    adpcm_.restore(state.adpcm);
    starved_ = false;
    schedule();
    if (interrupt_) interrupt_();
    if (listener_) listener_->wake();
}

// The line is pulled and let go; then the DSP says that it is there. In MIDI mode that is all it does.
void Sb16Dsp::write_reset(std::uint8_t value) {
    constexpr std::uint8_t ready = 0xAA;
    const bool released = (state_.reset_line & 1) && !(value & 1);
    state_.reset_line = value;
    if (!released) return;
    play_until(clock_.now());
    const bool was_midi = std::exchange(state_.midi, false);
    if (!was_midi) {
        State fresh;
        fresh.reset_line = value;
        fresh.test_register = state_.test_register;
        restore(fresh);
    }
    reply(ready);
}

std::uint8_t Sb16Dsp::read_data() {
    if (has_data()) {
        state_.last_reply = state_.replies.front();
        state_.replies.erase(state_.replies.begin());
    }
    return state_.last_reply;
}

void Sb16Dsp::acknowledge_bytes() {
    if (!std::exchange(state_.byte_interrupt, false)) return;
    if (interrupt_) interrupt_();
}

void Sb16Dsp::acknowledge_words() {
    if (!std::exchange(state_.word_interrupt, false)) return;
    if (interrupt_) interrupt_();
}

}  // namespace calque
