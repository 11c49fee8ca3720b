// Registers, matches and interrupts of the HPET.
#include "devices/hpet.hpp"

#include "devices/bits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace calque {

namespace {

constexpr std::uint64_t window_size = 0x400;
constexpr std::uint64_t femtoseconds_per_tick = 1'000'000 * Hpet::nanoseconds_per_tick;

enum Offset : unsigned {
    capabilities = 0x000,
    general_configuration = 0x010,
    interrupt_status = 0x020,
    main_counter = 0x0F0,
    first_timer = 0x100,
    timer_distance = 0x20,
};
enum TimerOffset : unsigned { timer_configuration = 0x00, timer_comparator = 0x08 };

/// Vendor 8086h, legacy replacement, a counter of 64 bits, the number of the last timer, revision 1.
constexpr std::uint64_t capability_bits =
    femtoseconds_per_tick << 32 | 0x8086'0000 | 1U << 15 | 1U << 13 | (Hpet::timer_count - 1) << 8 | 1;

enum Configuration : std::uint64_t {
    by_level = 1U << 1,
    interrupt_enable = 1U << 2,
    periodic = 1U << 3,
    periodic_capable = 1U << 4,
    capable_of_64_bits = 1U << 5,
    value_set = 1U << 6,
    mode32 = 1U << 8,
    route_mask = 0x1FU << 9,
};
constexpr unsigned route_shift = 9;
constexpr std::uint64_t writable = by_level | interrupt_enable | periodic | value_set | mode32 | route_mask;
constexpr std::uint64_t timer_capabilities =
    std::uint64_t{Hpet::routes} << 32 | periodic_capable | capable_of_64_bits;

constexpr std::uint64_t no_match = ~std::uint64_t{0};
/// Centuries ahead, which a comparator behind the counter comes to.
constexpr std::uint64_t farthest = never / Hpet::nanoseconds_per_tick / 4;

std::uint64_t width_of(const Hpet::TimerState& timer) {
    return timer.configuration & mode32 ? 0xFFFF'FFFF : ~std::uint64_t{0};
}

bool repeats(const Hpet::TimerState& timer) { return (timer.configuration & periodic) && timer.period != 0; }

unsigned route_of(const Hpet::TimerState& timer) {
    return static_cast<unsigned>((timer.configuration & route_mask) >> route_shift);
}

std::uint64_t merged(std::uint64_t old, std::uint64_t value, std::uint64_t mask) {
    return (old & ~mask) | (value & mask);
}

}  // namespace

Hpet::Hpet(Clock& clock, PhysicalMemory& memory) : clock_(clock) {
    for (unsigned i = 0; i < timer_count; ++i)
        timers_[i] = std::make_unique<Timer>(clock, fmt::format("hpet {}", i), [this] { settle(); });
    memory.map_mmio(base, window_size, *this);
    reset();
}

void Hpet::reset() {
    const State old = state_;
    state_ = {};
    state_.pit = old.pit;
    state_.rtc = old.rtc;
    for (TimerState& timer : state_.timers) timer.comparator = timer.match = no_match;
    restore(state_);
}

void Hpet::restore(const State& state) {
    state_ = state;
    for (unsigned i = 0; i < timer_count; ++i) timers_[i]->arm(state_.timers[i].deadline);
    drive();
}

void Hpet::set_pit(bool level) {
    state_.pit = level;
    drive();
}

void Hpet::set_rtc(bool level) {
    state_.rtc = level;
    drive();
}

// --- Registers: 64 bits wide, taken whole or in parts

std::uint64_t Hpet::mmio_read(PhysicalAddress address, unsigned size) {
    const unsigned offset = address & (window_size - 1);
    const std::uint64_t value = read_register(offset & ~7U) >> 8 * (offset & 7);
    return size < 8 ? value & ((1ULL << 8 * size) - 1) : value;
}

void Hpet::mmio_write(PhysicalAddress address, std::uint64_t value, unsigned size) {
    const unsigned offset = address & (window_size - 1), shift = 8 * (offset & 7);
    const std::uint64_t mask = size < 8 ? (1ULL << 8 * size) - 1 : ~std::uint64_t{0};
    settle();
    write_register(offset & ~7U, value << shift, mask << shift);
    drive();
}

std::uint64_t Hpet::read_register(unsigned offset) {
    settle();
    switch (offset) {
        case capabilities: return capability_bits;
        case general_configuration:
            return unsigned{state_.enabled} | unsigned{state_.legacy_replacement} << 1;
        case interrupt_status: return state_.status;
        case main_counter: return count_at(clock_.now());
        default: break;
    }
    const unsigned number = (offset - first_timer) / timer_distance;
    if (offset < first_timer || number >= timer_count) return 0;
    const TimerState& timer = state_.timers[number];
    switch (offset % timer_distance) {
        case timer_configuration: return timer.configuration | timer_capabilities;
        case timer_comparator: return timer.comparator;
        default: return 0;  // no messages by the front-side bus
    }
}

void Hpet::write_register(unsigned offset, std::uint64_t value, std::uint64_t written) {
    const std::uint64_t whole = merged(read_register(offset), value, written);
    switch (offset) {
        case general_configuration: return write_configuration(whole);
        case interrupt_status: state_.status &= byte_of(~(value & written)); return;
        case main_counter: return write_count(whole);
        default: break;
    }
    const unsigned number = (offset - first_timer) / timer_distance;
    if (offset < first_timer || number >= timer_count) return;
    if (offset % timer_distance == timer_configuration) write_timer_configuration(number, whole);
    if (offset % timer_distance == timer_comparator) write_comparator(number, value, written);
}

void Hpet::write_configuration(std::uint64_t value) {
    const bool enable = value & 1;
    state_.legacy_replacement = value & 2;
    if (enable == state_.enabled) return;
    const Nanoseconds now = clock_.now();
    state_.count = count_at(now);
    state_.started_at = now;
    state_.enabled = enable;
    for (unsigned i = 0; i < timer_count; ++i) find_match(i);
}

void Hpet::write_count(std::uint64_t value) {
    state_.count = value;
    state_.started_at = clock_.now();
    for (unsigned i = 0; i < timer_count; ++i) find_match(i);
}

/// A route that is not there is not taken.
void Hpet::write_timer_configuration(unsigned number, std::uint64_t value) {
    TimerState& timer = state_.timers[number];
    const std::uint64_t old_route = timer.configuration & route_mask;
    timer.configuration = value & writable;
    if (!(routes >> route_of(timer) & 1))
        timer.configuration = merged(timer.configuration, old_route, route_mask);
    if (value & by_level)
        timer.raised = false;
    else
        state_.status = with_bit(state_.status, number, false);
    if (!(value & interrupt_enable)) timer.raised = false;
    timer.comparator &= width_of(timer);
    timer.period &= width_of(timer);
    find_match(number);
}

/// While a timer is periodic the first write after VAL_SET was set goes to the comparator as well, further
/// ones only to the period.
void Hpet::write_comparator(unsigned number, std::uint64_t value, std::uint64_t written) {
    TimerState& timer = state_.timers[number];
    const bool is_periodic = timer.configuration & periodic;
    const bool sets_comparator = !is_periodic || (timer.configuration & value_set);
    if (is_periodic) timer.period = merged(timer.period, value, written) & width_of(timer);
    if (sets_comparator) timer.comparator = merged(timer.comparator, value, written) & width_of(timer);
    timer.configuration &= ~std::uint64_t{value_set};
    find_match(number);
}

// --- Time

std::uint64_t Hpet::count_at(Nanoseconds now) const {
    if (!state_.enabled) return state_.count;
    return state_.count + static_cast<std::uint64_t>((now - state_.started_at) / nanoseconds_per_tick);
}

void Hpet::find_match(unsigned number) {
    TimerState& timer = state_.timers[number];
    const std::uint64_t count = count_at(clock_.now());
    const std::uint64_t ahead = (timer.comparator - count) & width_of(timer);
    timer.match = ahead < farthest ? count + ahead : no_match;
    schedule(number);
}

/// A deadline is there only for matches that somebody could notice.
void Hpet::schedule(unsigned number) {
    TimerState& timer = state_.timers[number];
    const bool noticed = timer.configuration & (interrupt_enable | by_level);
    const std::uint64_t ticks = timer.match - state_.count;
    timer.deadline = never;
    if (state_.enabled && noticed && timer.match != no_match && ticks < farthest)
        timer.deadline = state_.started_at + static_cast<Nanoseconds>(ticks) * nanoseconds_per_tick;
    timers_[number]->arm(timer.deadline);
}

/// Lets happen what is due by now.
void Hpet::settle() {
    if (!state_.enabled) return;
    const std::uint64_t count = count_at(clock_.now());
    for (unsigned i = 0; i < timer_count; ++i) {
        const std::uint64_t at = state_.timers[i].match;
        if (at != no_match && at - state_.count <= count - state_.count) match(i, count);
    }
}

/// Matches that went by unseen are one interrupt. One by edge falls only before it rises again: an interrupt
/// controller must find it when it looks.
void Hpet::match(unsigned number, std::uint64_t count) {
    TimerState& timer = state_.timers[number];
    const std::uint64_t step = repeats(timer) ? timer.period : width_of(timer) + 1;  // 0: 2^64
    const std::uint64_t steps = step ? (count - timer.match) / step + 1 : 0;
    if (repeats(timer)) timer.comparator = (timer.comparator + steps * step) & width_of(timer);
    timer.match += steps * step;
    if (step == 0 || timer.match - count >= farthest) timer.match = no_match;
    if (timer.configuration & by_level) {
        state_.status = with_bit(state_.status, number, true);
    } else if (timer.configuration & interrupt_enable) {
        timer.raised = false;
        drive();
        timer.raised = true;
    }
    schedule(number);
    drive();
}

// --- Interrupts

bool Hpet::line(unsigned number) const {
    const TimerState& timer = state_.timers[number];
    if (!(timer.configuration & interrupt_enable)) return false;
    return timer.configuration & by_level ? bit(state_.status, number) : timer.raised;
}

void Hpet::drive() {
    irq0.set(state_.legacy_replacement ? line(0) : state_.pit);
    irq8.set(state_.legacy_replacement ? line(1) : state_.rtc);
    std::uint32_t levels = 0;
    for (unsigned i = 0; i < timer_count; ++i)
        if (!legacy(i) && line(i)) levels |= 1U << route_of(state_.timers[i]);
    for (unsigned pin = 0; pin < pins.size(); ++pin) pins[pin].set(bit(levels, pin));
}

}  // namespace calque
