// The DSP's life: reset, replies, interrupts.
#include "devices/sb16_dsp.hpp"

#include <stdexcept>
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

bool Sb16Dsp::possible(const State& state) {
    constexpr std::uint32_t longest_block = 0x1'0000;
    const Transfer& transfer = state.transfer;
    const Command* command = find(state.command);
    const bool waits_rightly = !state.awaits || (command && state.parameters.size() < command->parameters);
    return waits_rightly && state.hertz >= slowest && state.hertz <= fastest &&
           state.replies.size() <= most_replies && transfer.activity <= Activity::silence &&
           transfer.code <= AdpcmCode::bits2 && transfer.next_in_byte < SbAdpcm::samples(transfer.code) &&
           transfer.left <= longest_block && transfer.block <= longest_block && transfer.played >= 0 &&
           state.adpcm.step <= SbAdpcm::most_steps;
}

void Sb16Dsp::restore(const State& state) {
    if (!possible(state)) throw std::runtime_error("the saved state of the sound card is damaged");
    state_ = state;
    adpcm_.restore(state.adpcm);
    timer_.arm(state_.transfer.due_at);
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
