// Counting and expiry of the local APIC's timer.
#include "devices/apic_timer.hpp"

#include <utility>

namespace calque {

ApicTimer::ApicTimer(Clock& clock, std::function<void()> expired)
    : clock_(clock), expired_(std::move(expired)), timer_(clock, "local apic", [this] { expire(); }) {}

void ApicTimer::restore(const State& state) {
    state_ = state;
    timer_.arm(state_.deadline);
}

/// SDM vol. 3A, "Divide Configuration Register": bits 3, 1 and 0 are a power of two, from 2 on and around
/// to 1.
Nanoseconds ApicTimer::tick() const {
    const unsigned code = (state_.divide >> 1 & 4U) | (state_.divide & 3U);
    return nanoseconds_per_tick << ((code + 1) & 7U);
}

std::uint32_t ApicTimer::count_at(Nanoseconds now) const {
    const auto elapsed = static_cast<std::uint64_t>((now - state_.loaded_at) / tick());
    if (elapsed < state_.loaded) return static_cast<std::uint32_t>(state_.loaded - elapsed);
    if (!state_.periodic || state_.loaded == 0 || state_.initial == 0) return 0;
    return static_cast<std::uint32_t>(state_.initial - (elapsed - state_.loaded) % state_.initial);
}

/// What has expired by now was due under the settings so far.
void ApicTimer::settle(Nanoseconds now) {
    if (state_.deadline <= now) expire();
}

void ApicTimer::load(std::uint32_t count, Nanoseconds now) {
    state_.loaded = count;
    state_.loaded_at = now;
    schedule(now);
}

/// The next time after `now` at which the count is zero.
void ApicTimer::schedule(Nanoseconds now) {
    state_.deadline = never;
    if (const std::uint32_t count = count_at(now); state_.heard && count != 0) {
        const Nanoseconds ticks_since_load = (now - state_.loaded_at) / tick();
        state_.deadline = state_.loaded_at + (ticks_since_load + count) * tick();
    }
    timer_.arm(state_.deadline);
}

/// Periods that went by unseen are one request, as they would be in the request register.
void ApicTimer::expire() {
    schedule(clock_.now());
    expired_();
}

void ApicTimer::set_initial(std::uint32_t count) {
    const Nanoseconds now = clock_.now();
    settle(now);
    state_.initial = count;
    load(count, now);
}

void ApicTimer::set_divide(std::uint8_t divide) {
    const Nanoseconds now = clock_.now();
    settle(now);
    const std::uint32_t count = count_at(now);
    state_.divide = divide;
    load(count, now);
}

void ApicTimer::set_mode(bool periodic, bool heard) {
    const Nanoseconds now = clock_.now();
    settle(now);
    const std::uint32_t count = count_at(now);
    const bool other = periodic != state_.periodic;
    state_.periodic = periodic;
    state_.heard = heard;
    if (other)
        load(count, now);
    else
        schedule(now);
}

}  // namespace calque
