// One counter of an 8254: what it counts, as a function of time.
#pragma once

#include "devices/rate.hpp"

#include <cstdint>

namespace calque {

/// Nothing is stepped: count and OUT are computed from the tick at which the counting element was loaded.
/// Every `now` is in ticks of the counter's clock and never decreases.
class PitCounter {
public:
    struct State {
        std::uint8_t mode = 0;    ///< 0..5
        std::uint8_t access = 3;  ///< 1: low byte, 2: high byte, 3: low then high
        bool bcd = false;
        bool gate = true;
        std::uint16_t count_register = 0;  ///< as written; 0 means 65536 (BCD: 10000)
        bool count_written = false;        ///< since the control word
        bool running = false;              ///< the counting element was loaded (or will be, at loaded_at)
        Ticks initial = 0;                 ///< what the counting element was loaded with
        Ticks loaded_at = 0;               ///< the tick at which it held `initial`
        Ticks paused_after = 0;            ///< while the gate is low: ticks counted before
        Ticks reload_at = 0;               ///< modes 2, 3: when a rewritten count takes effect; 0 for none
        bool second_write = false;         ///< the next write is the high byte
        bool second_read = false;
        std::uint8_t write_low = 0;
        bool count_latched = false, status_latched = false;
        std::uint16_t latched_count = 0;
        std::uint8_t latched_status = 0;
    };

    const State& state() const { return state_; }
    void restore(const State& state) { state_ = state; }

    void write_control(std::uint8_t control, Ticks now);
    void write_count(std::uint8_t value, Ticks now);
    std::uint8_t read(Ticks now);
    void latch_count(Ticks now);
    void latch_status(Ticks now);
    void set_gate(bool gate, Ticks now);

    bool out(Ticks now) const;
    /// The first tick after `now` at which OUT changes by itself, -1 for never.
    Ticks next_edge(Ticks now) const;
    /// Ticks of a period of OUT, 0 if this mode has none.
    Ticks period() const;

private:
    /// What runs at `now`, with a rewritten count taken into effect if its time has come.
    struct Run {
        Ticks initial;
        Ticks elapsed;  ///< since loaded; negative until the load
    };
    Run run_at(Ticks now) const;
    Ticks full_count() const;
    Ticks modulus() const { return state_.bcd ? 10'000 : 0x1'0000; }
    bool periodic() const { return state_.mode == 2 || state_.mode == 3; }
    bool triggered() const { return state_.mode == 1 || state_.mode == 5; }
    bool null_count(Ticks now) const;
    std::uint16_t count(Ticks now) const;
    void load(Ticks now);
    void settle(Ticks now);
    void schedule_reload(Ticks now);

    State state_;
};

template <typename Archive>
void describe(Archive& archive, PitCounter::State& state) {
    archive("mode", state.mode);
    archive("access", state.access);
    archive("bcd", state.bcd);
    archive("gate", state.gate);
    archive("count_register", state.count_register);
    archive("count_written", state.count_written);
    archive("running", state.running);
    archive("initial", state.initial);
    archive("loaded_at", state.loaded_at);
    archive("paused_after", state.paused_after);
    archive("reload_at", state.reload_at);
    archive("second_write", state.second_write);
    archive("second_read", state.second_read);
    archive("write_low", state.write_low);
    archive("count_latched", state.count_latched);
    archive("status_latched", state.status_latched);
    archive("latched_count", state.latched_count);
    archive("latched_status", state.latched_status);
}

}  // namespace calque
