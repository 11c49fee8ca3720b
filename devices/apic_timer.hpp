// The local APIC's timer: counts down to zero, once or again and again.
#pragma once

#include "devices/clock.hpp"

#include <cstdint>
#include <functional>

namespace calque {

/// The count is computed from the time at which it was loaded. A deadline is there only while the expiry
/// would be heard, so that a masked timer costs nothing.
class ApicTimer {
public:
    /// 100 MHz, the bus clock.
    static constexpr Nanoseconds nanoseconds_per_tick = 10;

    struct State {
        std::uint32_t initial = 0;  ///< as written, and what a periodic timer reloads
        std::uint8_t divide = 0;    ///< the divide configuration register
        bool periodic = false;
        bool heard = false;        ///< the LVT entry is not masked
        std::uint32_t loaded = 0;  ///< the count at `loaded_at`; 0 while stopped
        Nanoseconds loaded_at = 0;
        Nanoseconds deadline = never;
    };

    ApicTimer(Clock& clock, std::function<void()> expired);
    const State& state() const { return state_; }
    void restore(const State& state);
    void reset() { restore({}); }

    void set_initial(std::uint32_t count);
    void set_divide(std::uint8_t divide);
    void set_mode(bool periodic, bool heard);
    std::uint32_t count() { return count_at(clock_.now()); }

private:
    Nanoseconds tick() const;
    std::uint32_t count_at(Nanoseconds now) const;
    void settle(Nanoseconds now);
    void load(std::uint32_t count, Nanoseconds now);
    void schedule(Nanoseconds now);
    void expire();

    Clock& clock_;
    std::function<void()> expired_;
    Timer timer_;
    State state_;
};

template <typename Archive>
void describe(Archive& archive, ApicTimer::State& state) {
    archive("initial", state.initial);
    archive("divide", state.divide);
    archive("periodic", state.periodic);
    archive("heard", state.heard);
    archive("loaded", state.loaded);
    archive("loaded_at", state.loaded_at);
    archive("deadline", state.deadline);
}

}  // namespace calque
