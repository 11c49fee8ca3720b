// Counter arithmetic of the 8254 (data sheet, "Mode Definitions").
#include "devices/pit_counter.hpp"

#include "devices/bits.hpp"

#include <algorithm>

namespace calque {

namespace {

constexpr Ticks from_bcd(unsigned value) {
    return value % 16 + value / 16 % 16 * 10 + value / 256 % 16 * 100 + value / 4096 * 1000;
}

constexpr std::uint16_t to_bcd(Ticks value) {
    const Ticks digits =
        value % 10 + value / 10 % 10 * 16 + value / 100 % 10 * 256 + value / 1000 % 10 * 4096;
    return static_cast<std::uint16_t>(digits);
}

// Mode 3: an odd count spends its extra tick high.
constexpr Ticks high_half(Ticks initial) { return (initial + 1) / 2; }

}  // namespace

/// The count written, with the meaning of 0 applied. 1 is not a legal period; it counts as 2.
Ticks PitCounter::full_count() const {
    const Ticks written = state_.bcd ? from_bcd(state_.count_register) : state_.count_register;
    const Ticks full = written ? written : modulus();
    return periodic() ? std::max<Ticks>(full, 2) : full;
}

PitCounter::Run PitCounter::run_at(Ticks now) const {
    if (!state_.gate && !triggered()) return {state_.initial, state_.paused_after};
    if (state_.reload_at && now >= state_.reload_at) return {full_count(), now - state_.reload_at};
    return {state_.initial, now - state_.loaded_at};
}

void PitCounter::settle(Ticks now) {
    if (!state_.reload_at || now < state_.reload_at) return;
    state_.initial = full_count();
    state_.loaded_at = state_.reload_at;
    state_.reload_at = 0;
}

// The counting element takes the count at the clock pulse that follows the write or trigger.
void PitCounter::load(Ticks now) {
    state_.initial = full_count();
    state_.loaded_at = now + 1;
    state_.paused_after = 0;
    state_.reload_at = 0;
    state_.running = true;
}

void PitCounter::write_control(std::uint8_t control, Ticks now) {
    const bool gate = state_.gate;
    const State old = state_;
    state_ = {};
    state_.gate = gate;
    state_.access = control >> 4 & 3;
    state_.mode = static_cast<std::uint8_t>((control >> 1 & 7) > 5 ? control >> 1 & 3 : control >> 1 & 7);
    state_.bcd = control & 1;
    state_.count_register = old.count_register;
    state_.initial = old.initial;
    state_.loaded_at = now;
}

void PitCounter::write_count(std::uint8_t value, Ticks now) {
    settle(now);
    if (state_.access == 3 && !state_.second_write) {
        state_.write_low = value;
        state_.second_write = true;
        if (state_.mode == 0) state_.running = false;  // OUT falls with the first byte
        return;
    }
    const bool high = state_.access == 2 || state_.second_write;
    const unsigned low_byte = state_.second_write ? state_.write_low : 0u;
    state_.count_register =
        static_cast<std::uint16_t>(high ? value << 8 | static_cast<int>(low_byte) : value);
    state_.second_write = false;
    state_.count_written = true;
    if (triggered()) return;
    if (periodic() && state_.running)
        schedule_reload(now);
    else
        load(now);
}

// A new count waits for the end of the period (mode 2) or of the half period (mode 3), so that the wave
// has no glitch. After a high half comes a low one: the new period is dated back by its own high half.
void PitCounter::schedule_reload(Ticks now) {
    if (!state_.gate) return;  // the rising gate loads it
    const Ticks elapsed = now - state_.loaded_at;
    const Ticks period_start = elapsed < 0 ? state_.loaded_at : now - elapsed % state_.initial;
    const Ticks fall = period_start + high_half(state_.initial);
    if (state_.mode == 2 || now >= fall) {
        state_.reload_at = period_start + state_.initial;
        return;
    }
    // Until the fall both waves are high, so the new one may stand in at once.
    state_.initial = full_count();
    state_.loaded_at = fall - high_half(state_.initial);
}

void PitCounter::set_gate(bool gate, Ticks now) {
    if (gate == state_.gate) return;
    settle(now);
    if (!gate) state_.paused_after = std::max<Ticks>(now - state_.loaded_at, 0);
    state_.gate = gate;
    if (!gate || !state_.count_written) return;
    if (triggered() || periodic())
        load(now);
    else
        state_.loaded_at = now - state_.paused_after;
}

bool PitCounter::out(Ticks now) const {
    if (!state_.running) return state_.mode != 0;
    const auto [initial, elapsed] = run_at(now);
    switch (state_.mode) {
        case 0: return elapsed >= initial;
        case 1: return elapsed < 0 || elapsed >= initial;
        case 2: return !state_.gate || elapsed < 0 || elapsed % initial != initial - 1;
        case 3: return !state_.gate || elapsed < 0 || elapsed % initial < high_half(initial);
        default: return elapsed != initial;
    }
}

Ticks PitCounter::next_edge(Ticks now) const {
    if (!state_.running || (!state_.gate && !triggered())) return -1;
    const auto [initial, elapsed] = run_at(now);
    const Ticks start = now - elapsed;
    const Ticks period_start = elapsed < 0 ? start : now - elapsed % initial;
    const Ticks fall = period_start + (state_.mode == 2 ? initial - 1 : high_half(initial));
    switch (state_.mode) {
        case 0: return elapsed < initial ? start + initial : -1;
        case 1: return elapsed < 0 ? start : elapsed < initial ? start + initial : -1;
        case 2:
        case 3: return now < fall ? fall : period_start + initial;
        default: return elapsed < initial ? start + initial : elapsed == initial ? now + 1 : -1;
    }
}

Ticks PitCounter::period() const { return periodic() && state_.running ? full_count() : 0; }

std::uint16_t PitCounter::count(Ticks now) const {
    if (!state_.running) return state_.count_register;
    const auto [initial, elapsed] = run_at(now);
    const Ticks counted = std::max<Ticks>(elapsed, 0);
    Ticks value = initial - counted;
    if (state_.mode == 2) value = initial - counted % initial;
    if (state_.mode == 3) {
        const Ticks phase = counted % initial;
        const Ticks step = phase < high_half(initial) ? phase : phase - high_half(initial);
        value = (initial & ~Ticks{1}) - 2 * step;
    }
    value = floor_modulo(value, modulus());
    return state_.bcd ? to_bcd(value) : static_cast<std::uint16_t>(value);
}

bool PitCounter::null_count(Ticks now) const {
    if (!state_.count_written || state_.reload_at > now) return true;
    return !state_.running || now < state_.loaded_at;
}

void PitCounter::latch_count(Ticks now) {
    if (state_.count_latched) return;
    state_.latched_count = count(now);
    state_.count_latched = true;
}

void PitCounter::latch_status(Ticks now) {
    if (state_.status_latched) return;
    state_.latched_status = static_cast<std::uint8_t>(out(now) << 7 | null_count(now) << 6 |
                                                      state_.access << 4 | state_.mode << 1 | state_.bcd);
    state_.status_latched = true;
}

std::uint8_t PitCounter::read(Ticks now) {
    if (state_.status_latched) {
        state_.status_latched = false;
        return state_.latched_status;
    }
    const std::uint16_t value = state_.count_latched ? state_.latched_count : count(now);
    const bool high = state_.access == 2 || state_.second_read;
    if (state_.access == 3) state_.second_read = !state_.second_read;
    if (!state_.second_read) state_.count_latched = false;
    return byte_of(value, high ? 1 : 0);
}

}  // namespace calque
