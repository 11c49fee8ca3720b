// The digital sound processor of a Sound Blaster 16, version 4.05.
#pragma once

#include "devices/bits.hpp"
#include "devices/clock.hpp"
#include "devices/dma8237_pair.hpp"
#include "devices/rate.hpp"
#include "devices/sb_adpcm.hpp"
#include "devices/sound_line.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace calque {

/// Takes commands, moves samples by DMA in guest time and interrupts at the end of each block. Samples are
/// fetched a millisecond's worth at a time, and whenever somebody looks at the DMA controller, so that what
/// the guest sees of a transfer is where it is.
class Sb16Dsp final : public SoundSource {
public:
    enum class Activity : std::uint8_t { none, output, input, silence };
    struct Transfer {
        Activity activity = Activity::none;
        bool words = false, stereo = false, is_signed = false;
        bool repeats = false;  ///< auto-initialize: blocks follow each other
        bool paused = false;
        AdpcmCode code = AdpcmCode::none;
        bool needs_reference = false;   ///< the next byte is the first sample of a differential block
        std::uint32_t block = 0;        ///< bytes or words
        std::uint32_t left = 0;         ///< of the present block
        Nanoseconds started = 0;        ///< when the pace began
        Ticks played = 0;               ///< samples since
        std::uint8_t byte = 0;          ///< the present one of a differential code ...
        std::uint8_t next_in_byte = 0;  ///< ... and its next sample; 0: another byte is due
        Nanoseconds due_at = never;     ///< when samples are fetched next
        bool starved = false;           ///< the DMA channel gave nothing: goes on when somebody programs it
    };
    struct State {
        std::uint8_t reset_line = 0;
        std::uint8_t command = 0;              ///< whose parameters are awaited
        std::vector<std::uint8_t> parameters;  ///< so far
        bool awaits = false;
        std::vector<std::uint8_t> replies;
        std::uint8_t last_reply = 0;
        std::uint8_t test_register = 0;
        std::uint8_t identification = 0xAA, identification_count = 0;
        bool speaker = false, midi = false;
        std::uint32_t hertz = 22'050;
        std::uint32_t block = 0;  ///< for transfers that repeat, bytes
        bool byte_interrupt = false, word_interrupt = false;
        Transfer transfer;
        SbAdpcm::State adpcm;
    };
    static constexpr std::size_t most_replies = 64;
    static constexpr std::uint32_t slowest = 4'000, fastest = 48'000;  ///< samples a second

    struct Channels {
        unsigned bytes, words;
    };

    /// `channels` tells the DMA channels that the card is set to.
    Sb16Dsp(Clock& clock, Dma8237Pair& dma, std::function<Channels()> channels);
    const State& state() const;
    /// Throws std::runtime_error if the state is damaged.
    void restore(const State& state);
    void reset() { restore({}); }

    void write_reset(std::uint8_t value);
    void write_command(std::uint8_t value);
    std::uint8_t read_data();
    bool has_data() const { return !state_.replies.empty(); }
    void acknowledge_bytes();
    void acknowledge_words();
    /// Called when the two interrupt flags of the state may have changed.
    void on_interrupt(std::function<void()> callback) { interrupt_ = std::move(callback); }

    void listen(SoundListener* listener) override;
    bool play_until(Nanoseconds now) override;
    void set_volume(StereoLevel volume);

private:
    struct Command {
        std::uint8_t first, last;  ///< opcodes
        std::uint8_t parameters;
        void (Sb16Dsp::*run)();
    };
    static std::span<const Command> commands();
    static const Command* find(std::uint8_t opcode);

    // Commands, in sb16_dsp_commands.cpp.
    void ignore() {}
    void direct_output();
    void direct_input();
    void start_old();
    void start_old_repeating();
    void start_differential();
    void start_differential_repeating();
    void start_words();
    void start_bytes();
    void start_silence();
    void set_time_constant();
    void set_rate();
    void set_block();
    void pause();
    void resume();
    void stop_repeating();
    void speaker_on() { state_.speaker = true; }
    void speaker_off() { state_.speaker = false; }
    void speaker_status();
    void invert();
    void version();
    void identify_by_dma();
    void copyright();
    void write_test() { state_.test_register = state_.parameters[0]; }
    void read_test() { reply(state_.test_register); }
    void request_interrupt();
    void start_midi() { state_.midi = true; }
    void reply_zero() { reply(0); }
    void reply_parameter_zero() { reply(0); }

    /// Nobody has to read replies: those that find no room are lost.
    void reply(std::uint8_t value) {
        if (state_.replies.size() < most_replies) state_.replies.push_back(value);
    }
    static bool possible(const State& state);
    /// Two parameters from `first` on, the lower byte first.
    std::uint32_t parameter_word(unsigned first = 0) const {
        return load_little_endian(state_.parameters, first, 2);
    }

    // The transfer, in sb16_dsp_transfer.cpp.
    void start(Transfer transfer, std::uint32_t units);
    void stop();
    void restart_pace();
    void expired();
    void arm(Nanoseconds at);
    void schedule();
    bool running() const { return state_.transfer.activity != Activity::none && !state_.transfer.paused; }
    Nanoseconds time_of(Ticks sample) const;
    Ticks samples_left() const;
    bool step();
    bool move(std::span<std::uint8_t> frame);
    bool next_differential(std::uint8_t& level);
    StereoLevel level_of(std::span<const std::uint8_t> frame) const;
    void count(std::uint32_t units);
    void interrupt(bool words);
    void before_dma_access();

    Clock& clock_;
    Dma8237Pair& dma_;
    std::function<Channels()> channels_;
    std::function<void()> interrupt_;
    Timer timer_;
    mutable State state_;  ///< its ADPCM decoder is filled in by state()
    SbAdpcm adpcm_;
    SoundListener* listener_ = nullptr;
    StereoLevel volume_{1, 1};
};

template <typename Archive>
void describe(Archive& archive, Sb16Dsp::Transfer& transfer) {
    archive("activity", transfer.activity);
    archive("words", transfer.words);
    archive("stereo", transfer.stereo);
    archive("is_signed", transfer.is_signed);
    archive("repeats", transfer.repeats);
    archive("paused", transfer.paused);
    archive("code", transfer.code);
    archive("needs_reference", transfer.needs_reference);
    archive("block", transfer.block);
    archive("left", transfer.left);
    archive("started", transfer.started);
    archive("played", transfer.played);
    archive("byte", transfer.byte);
    archive("next_in_byte", transfer.next_in_byte);
    archive("due_at", transfer.due_at);
    archive("starved", transfer.starved);
}

template <typename Archive>
void describe(Archive& archive, Sb16Dsp::State& state) {
    archive("reset_line", state.reset_line);
    archive("command", state.command);
    archive("parameters", state.parameters);
    archive("awaits", state.awaits);
    archive("replies", state.replies);
    archive("last_reply", state.last_reply);
    archive("test_register", state.test_register);
    archive("identification", state.identification);
    archive("identification_count", state.identification_count);
    archive("speaker", state.speaker);
    archive("midi", state.midi);
    archive("hertz", state.hertz);
    archive("block", state.block);
    archive("byte_interrupt", state.byte_interrupt);
    archive("word_interrupt", state.word_interrupt);
    archive("transfer", state.transfer);
    archive("adpcm", state.adpcm);
}

}  // namespace calque
