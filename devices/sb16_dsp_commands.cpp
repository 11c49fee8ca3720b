// The DSP's commands (Sound Blaster hardware programming guide, "DSP Commands"; some are known by experiment
// only).
#include "devices/bits.hpp"
#include "devices/sb16_dsp.hpp"

#include <algorithm>
#include <string_view>

namespace calque {

std::span<const Sb16Dsp::Command> Sb16Dsp::commands() {
    using Dsp = Sb16Dsp;
    static constexpr Command table[] = {
        {0x04, 0x04, 1, &Dsp::ignore},  // 04h, 05h, 0Eh, 0Fh: the signal processor of other cards
        {0x05, 0x05, 2, &Dsp::ignore},
        {0x0E, 0x0E, 2, &Dsp::ignore},
        {0x0F, 0x0F, 1, &Dsp::reply_parameter_zero},
        {0x10, 0x10, 1, &Dsp::direct_output},
        {0x14, 0x15, 2, &Dsp::start_old},
        {0x16, 0x17, 2, &Dsp::start_differential},
        {0x1C, 0x1C, 0, &Dsp::start_old_repeating},
        {0x1F, 0x1F, 0, &Dsp::start_differential_repeating},
        {0x20, 0x20, 0, &Dsp::direct_input},
        {0x24, 0x24, 2, &Dsp::start_old},
        {0x2C, 0x2C, 0, &Dsp::start_old_repeating},
        {0x30, 0x31, 0, &Dsp::ignore},
        {0x34, 0x37, 0, &Dsp::start_midi},
        {0x38, 0x38, 1, &Dsp::ignore},  // MIDI with nobody at its end
        {0x40, 0x40, 1, &Dsp::set_time_constant},
        {0x41, 0x42, 2, &Dsp::set_rate},
        {0x45, 0x45, 0, &Dsp::ignore},  // continue to repeat: it has not stopped
        {0x47, 0x47, 0, &Dsp::ignore},
        {0x48, 0x48, 2, &Dsp::set_block},
        {0x74, 0x77, 2, &Dsp::start_differential},
        {0x7D, 0x7D, 0, &Dsp::start_differential_repeating},
        {0x7F, 0x7F, 0, &Dsp::start_differential_repeating},
        {0x80, 0x80, 2, &Dsp::start_silence},
        {0x90, 0x90, 0, &Dsp::start_old_repeating},
        {0x91, 0x91, 2, &Dsp::start_old},
        {0x98, 0x98, 0, &Dsp::start_old_repeating},
        {0x99, 0x99, 2, &Dsp::start_old},
        {0xA0, 0xA0, 0, &Dsp::ignore},  // mono and stereo input of the Pro
        {0xA8, 0xA8, 0, &Dsp::ignore},
        {0xB0, 0xBF, 3, &Dsp::start_words},
        {0xC0, 0xCF, 3, &Dsp::start_bytes},
        {0xD0, 0xD0, 0, &Dsp::pause},
        {0xD1, 0xD1, 0, &Dsp::speaker_on},
        {0xD3, 0xD3, 0, &Dsp::speaker_off},
        {0xD4, 0xD4, 0, &Dsp::resume},
        {0xD5, 0xD5, 0, &Dsp::pause},
        {0xD6, 0xD6, 0, &Dsp::resume},
        {0xD8, 0xD8, 0, &Dsp::speaker_status},
        {0xD9, 0xDA, 0, &Dsp::stop_repeating},
        {0xE0, 0xE0, 1, &Dsp::invert},
        {0xE1, 0xE1, 0, &Dsp::version},
        {0xE2, 0xE2, 1, &Dsp::identify_by_dma},
        {0xE3, 0xE3, 0, &Dsp::copyright},
        {0xE4, 0xE4, 1, &Dsp::write_test},
        {0xE8, 0xE8, 0, &Dsp::read_test},
        {0xF2, 0xF3, 0, &Dsp::request_interrupt},
        {0xF8, 0xF8, 0, &Dsp::reply_zero},
    };
    return table;
}

const Sb16Dsp::Command* Sb16Dsp::find(std::uint8_t opcode) {
    const auto table = commands();
    const auto found = std::ranges::find_if(
        table, [=](const Command& command) { return opcode >= command.first && opcode <= command.last; });
    return found == table.end() ? nullptr : &*found;
}

// In MIDI mode everything but a reset is MIDI.
void Sb16Dsp::write_command(std::uint8_t value) {
    if (state_.midi) return;
    if (state_.awaits) {
        state_.parameters.push_back(value);
    } else {
        state_.command = value;
        state_.parameters.clear();
    }
    const Command* command = find(state_.command);
    state_.awaits = command && state_.parameters.size() < command->parameters;
    if (command && !state_.awaits) (this->*command->run)();
}

void Sb16Dsp::direct_output() {
    if (!listener_) return;
    const float level = static_cast<float>(state_.parameters[0] - 0x80) / 0x80;
    listener_->wake();
    listener_->hold(clock_.now(), StereoLevel{level, level} * volume_);
}

void Sb16Dsp::direct_input() { reply(0x80); }  // nothing is plugged in

// 14h, 24h, 91h, 99h and those that repeat: 2xh and 98h, 99h record.
void Sb16Dsp::start_old() {
    const bool records = state_.command == 0x24 || state_.command == 0x99;
    start({.activity = records ? Activity::input : Activity::output}, parameter_word() + 1);
}

void Sb16Dsp::start_old_repeating() {
    const bool records = state_.command == 0x2C || state_.command == 0x98;
    start({.activity = records ? Activity::input : Activity::output, .repeats = true}, state_.block + 1);
}

namespace {

AdpcmCode code_of(std::uint8_t command) {
    if (command < 0x20) return AdpcmCode::bits2;
    return command == 0x74 || command == 0x75 || command == 0x7D ? AdpcmCode::bits4 : AdpcmCode::bits2_6;
}

}  // namespace

void Sb16Dsp::start_differential() {
    const bool reference = state_.command & 1;
    start({.activity = Activity::output, .code = code_of(state_.command), .needs_reference = reference},
          parameter_word() + 1);
}

void Sb16Dsp::start_differential_repeating() {
    start({.activity = Activity::output,
           .repeats = true,
           .code = code_of(state_.command),
           .needs_reference = true},
          state_.block + 1);
}

namespace {

/// Bits of the Sound Blaster 16's own commands and of their mode byte.
enum : std::uint8_t { input_bit = 0x08, repeat_bit = 0x04, signed_bit = 0x10, stereo_bit = 0x20 };

}  // namespace

void Sb16Dsp::start_words() {
    const std::uint8_t mode = state_.parameters[0];
    const std::uint32_t units = parameter_word(1) + 1;
    start({.activity = state_.command & input_bit ? Activity::input : Activity::output,
           .words = (state_.command & 0xF0) == 0xB0,
           .stereo = (mode & stereo_bit) != 0,
           .is_signed = (mode & signed_bit) != 0,
           .repeats = (state_.command & repeat_bit) != 0},
          units);
}

void Sb16Dsp::start_bytes() { start_words(); }

void Sb16Dsp::start_silence() { start({.activity = Activity::silence}, parameter_word() + 1); }

// The pace of what is playing changes with the next sample.
void Sb16Dsp::set_time_constant() {
    play_until(clock_.now());
    state_.hertz = std::clamp(1'000'000u / (0x100u - state_.parameters[0]), slowest, fastest);
    restart_pace();
}

void Sb16Dsp::set_rate() {
    play_until(clock_.now());
    const std::uint32_t hertz = std::uint32_t{state_.parameters[0]} << 8 | state_.parameters[1];
    state_.hertz = std::clamp(hertz, slowest, fastest);
    restart_pace();
}

void Sb16Dsp::set_block() { state_.block = parameter_word(); }

void Sb16Dsp::pause() {
    play_until(clock_.now());
    state_.transfer.paused = true;
    schedule();
}

void Sb16Dsp::resume() {
    if (!state_.transfer.paused) return;
    state_.transfer.paused = false;
    restart_pace();
    if (listener_) listener_->wake();
}

void Sb16Dsp::stop_repeating() {
    play_until(clock_.now());
    state_.transfer.repeats = false;
}

void Sb16Dsp::speaker_status() { reply(state_.speaker ? 0xFF : 0x00); }

void Sb16Dsp::invert() { reply(static_cast<std::uint8_t>(~state_.parameters[0])); }

void Sb16Dsp::version() {
    reply(4);
    reply(5);
}

// A riddle by which Creative's drivers tell their cards from others: each bit of the question adds what this
// round's row has for it, and the row's last entry.
void Sb16Dsp::identify_by_dma() {
    static constexpr std::array<std::array<std::int16_t, 9>, 4> rounds{
        {{0x01, -0x02, -0x04, 0x08, -0x10, 0x20, 0x40, -0x80, -106},
         {-0x01, 0x02, -0x04, 0x08, 0x10, -0x20, 0x40, -0x80, 165},
         {-0x01, 0x02, 0x04, -0x08, 0x10, -0x20, -0x40, 0x80, -151},
         {0x01, -0x02, 0x04, -0x08, -0x10, 0x20, -0x40, 0x80, 90}}};
    const auto& row = rounds[state_.identification_count++ % rounds.size()];
    int sum = state_.identification + row[8];
    for (unsigned i = 0; i < 8; ++i) {
        if (bit(state_.parameters[0], i)) sum += row[i];
    }
    state_.identification = static_cast<std::uint8_t>(sum);
    dma_.write_memory(channels_().bytes, {&state_.identification, 1});
}

void Sb16Dsp::copyright() {
    constexpr std::string_view text = "COPYRIGHT (C) CREATIVE TECHNOLOGY LTD, 1992.";
    for (const char letter : text) reply(static_cast<std::uint8_t>(letter));
    reply(0);
}

void Sb16Dsp::request_interrupt() { interrupt(state_.command == 0xF3); }

}  // namespace calque
