// Yamaha YMF262 (OPL3) FM synthesizer.
#pragma once

#include "devices/clock.hpp"
#include "devices/port_bus.hpp"
#include "devices/rate.hpp"
#include "devices/sound_line.hpp"
#include "devices/ymf262_synthesis.hpp"

#include <array>
#include <cstdint>

namespace calque {

/// Four ports: address and data of the first and of the second bank of registers. The timers are computed
/// when somebody reads the status, samples when somebody listens; the interrupt output is not connected on a
/// PC's card.
class Ymf262 final : public PortDevice, public SoundSource {
public:
    static constexpr std::uint16_t adlib_port = 0x388;
    static constexpr std::uint16_t port_count = 4;

    struct TimerState {
        std::uint8_t value = 0;
        bool running = false, masked = false, expired = false;
        Nanoseconds counts_from = 0;  ///< when the present round began
    };
    struct State {
        ymf262::Registers registers{};
        std::uint16_t address = 0;
        std::array<TimerState, 2> timers;
        ymf262::Synthesis::State synthesis;
        Ticks unplayed = 0;  ///< samples that are due and that nobody has asked for yet
    };

    explicit Ymf262(Clock& clock) : clock_(clock) { reset(); }
    const State& state() const;
    /// Throws std::runtime_error if the state is damaged.
    void restore(const State& state);
    void reset() { restore({}); }

    std::uint32_t port_read(std::uint16_t port, unsigned size) override;
    void port_write(std::uint16_t port, std::uint32_t value, unsigned size) override;

    void listen(SoundListener* listener) override;
    bool play_until(Nanoseconds now) override;
    /// What the sound goes through on the card.
    void set_volume(StereoLevel volume);

private:
    static Ticks sample_at(Nanoseconds time);
    static Nanoseconds time_of_sample(Ticks sample);
    void write(std::uint8_t value);
    void write_timer_control(std::uint8_t value);
    void settle_timers();

    Clock& clock_;
    mutable State
        state_;  ///< its synthesis, and while anybody listens what is unplayed, are filled in by state()
    ymf262::Synthesis synthesis_;
    SoundListener* listener_ = nullptr;
    StereoLevel volume_{1, 1};
    Ticks played_samples_ = 0;  ///< of guest time
};

template <typename Archive>
void describe(Archive& archive, Ymf262::TimerState& timer) {
    archive("value", timer.value);
    archive("running", timer.running);
    archive("masked", timer.masked);
    archive("expired", timer.expired);
    archive("counts_from", timer.counts_from);
}

template <typename Archive>
void describe(Archive& archive, Ymf262::State& state) {
    archive("registers", state.registers);
    archive("address", state.address);
    archive("timers", state.timers);
    archive("synthesis", state.synthesis);
    archive("unplayed", state.unplayed);
}

}  // namespace calque
