// Registers, date arithmetic and interrupts of the real-time clock.
#include "devices/rtc146818.hpp"

#include "devices/bits.hpp"
#include "devices/rate.hpp"

#include <algorithm>

namespace calque {

namespace {

enum Register : std::uint8_t {
    seconds = 0,
    seconds_alarm,
    minutes,
    minutes_alarm,
    hours,
    hours_alarm,
    weekday,
    day,
    month,
    year,
    register_a,
    register_b,
    register_c,
    register_d,
    century = 0x32
};
enum RegisterA : std::uint8_t { rate_mask = 0x0F, divider_mask = 0x70, divider_reset = 0x60, uip = 0x80 };
enum RegisterB : std::uint8_t { hours24 = 0x02, binary = 0x04, set_mode = 0x80 };
/// The same bits enable in register B and flag in register C.
enum Event : std::uint8_t {
    update_ended = 0x10,
    alarm = 0x20,
    periodic = 0x40,
    all_events = 0x70,
    irqf = 0x80
};

constexpr std::uint8_t valid_ram_and_time = 0x80;
constexpr std::uint8_t alarm_dont_care = 0xC0, afternoon = 0x80;
constexpr std::int64_t crystal_hertz = 32'768;
constexpr Nanoseconds update_warning = 244'141;  // UIP rises this long before the update

constexpr bool is_date(std::uint8_t index) {
    return index == seconds || index == minutes || index == hours || index == century ||
           (index >= weekday && index <= year);
}

constexpr bool is_alarm(std::uint8_t index) {
    return index == seconds_alarm || index == minutes_alarm || index == hours_alarm;
}

/// Register A's rate selection as a power of two of crystal periods; rates 1 and 2 repeat 8 and 9.
constexpr unsigned rate_shift(std::uint8_t rate) { return rate <= 2 ? rate + 6u : rate - 1u; }

}  // namespace

Rtc146818::Rtc146818(Clock& clock, std::int64_t start_second)
    : clock_(clock), event_(clock, "rtc146818", [this] { irq.set(true); }) {
    state_.second = start_second;
    state_.ram[register_a] = 0x26;
    state_.ram[register_b] = hours24;
}

void Rtc146818::restore(const State& state) {
    state_ = state;
    schedule();
}

void Rtc146818::reset() {
    gather(clock_.now());
    state_.flags = 0;
    state_.ram[register_b] &= 0x87;
    schedule();
}

std::uint32_t Rtc146818::port_read(std::uint16_t port, unsigned /*size*/) {
    return port == first_port ? 0xFF : read_register(state_.index);
}

void Rtc146818::port_write(std::uint16_t port, std::uint32_t value, unsigned /*size*/) {
    if (port == first_port) {
        state_.index = value & 0x7F;
        state_.nmi_masked = value & 0x80;
    } else {
        write_register(state_.index, byte_of(value));
    }
}

// ---- time -------------------------------------------------------------------

bool Rtc146818::running() const {
    return !(state_.ram[register_b] & set_mode) && (state_.ram[register_a] & divider_reset) != divider_reset;
}

std::int64_t Rtc146818::second_at(Nanoseconds now) const {
    if (!running()) return state_.second;
    return state_.second + floor_divide(now - state_.second_began, nanoseconds_per_second);
}

bool Rtc146818::update_in_progress(Nanoseconds now) const {
    const Nanoseconds into_second = floor_modulo(now - state_.second_began, nanoseconds_per_second);
    return running() && into_second >= nanoseconds_per_second - update_warning;
}

Ticks Rtc146818::periods_at(Nanoseconds now) const {
    const std::uint8_t rate = state_.ram[register_a] & rate_mask;
    return rate ? ticks_at(now, crystal_hertz) >> rate_shift(rate) : 0;
}

/// The date registers go stale when the clock runs; stopping it brings them up to date.
void Rtc146818::stop(Nanoseconds now) {
    state_.second = second_at(now);
    state_.second_began +=
        floor_divide(now - state_.second_began, nanoseconds_per_second) * nanoseconds_per_second;
    state_.ram = with_date(state_.second);
}

/// Runs on from what the date registers say, in the old beat.
void Rtc146818::start(Nanoseconds now) {
    state_.second = date_registers(state_.weekday_shift);
    const Nanoseconds since = now - state_.second_began;
    state_.second_began += floor_divide(since, nanoseconds_per_second) * nanoseconds_per_second;
}

// ---- flags and interrupts ---------------------------------------------------

std::uint8_t Rtc146818::flags_at(Nanoseconds now) const {
    std::uint8_t flags = state_.flags & all_events;
    const std::int64_t before = second_at(state_.gathered_at), after = second_at(now);
    if (periods_at(now) != periods_at(state_.gathered_at)) flags |= periodic;
    if (after != before) flags |= update_ended;
    if (after != before && next_alarm(before) <= after) flags |= alarm;
    if (flags & state_.ram[register_b] & all_events) flags |= irqf;
    return flags;
}

void Rtc146818::gather(Nanoseconds now) {
    state_.flags = flags_at(now);
    state_.gathered_at = now;
}

/// The first second after `after` whose time of day the alarm registers match.
std::int64_t Rtc146818::next_alarm(std::int64_t after) const {
    const auto matches = [this](std::uint8_t index, std::int64_t value) {
        const std::uint8_t alarm_value = state_.ram[index];
        if ((alarm_value & alarm_dont_care) == alarm_dont_care) return true;
        return (index == hours_alarm ? decode_hour(alarm_value) : decode(alarm_value)) == value;
    };
    std::int64_t second = after + 1;
    while (second - after <= seconds_per_day) {
        const std::int64_t time = floor_modulo(second, seconds_per_day);
        if (!matches(hours_alarm, time / 3600))
            second += 3600 - time % 3600;
        else if (!matches(minutes_alarm, time / 60 % 60))
            second += 60 - time % 60;
        else if (!matches(seconds_alarm, time % 60))
            ++second;
        else
            return second;
    }
    return never;
}

/// When the first of the enabled events happens after `gathered_at`.
Nanoseconds Rtc146818::next_event(std::uint8_t enabled) const {
    Nanoseconds next = never;
    const std::uint8_t rate = state_.ram[register_a] & rate_mask;
    if (enabled & periodic && rate)
        next = time_of_tick((periods_at(state_.gathered_at) + 1) << rate_shift(rate), crystal_hertz);
    if (!running()) return next;
    const auto begins = [this](std::int64_t second) {
        return state_.second_began + (second - state_.second) * nanoseconds_per_second;
    };
    const std::int64_t second = second_at(state_.gathered_at);
    if (enabled & update_ended) next = std::min(next, begins(second + 1));
    const std::int64_t alarm_second = enabled & alarm ? next_alarm(second) : never;
    return alarm_second == never ? next : std::min(next, begins(alarm_second));
}

void Rtc146818::schedule() {
    const std::uint8_t enabled = state_.ram[register_b] & all_events;
    const bool asserted = flags_at(clock_.now()) & irqf;
    irq.set(asserted);
    event_.arm(asserted ? never : next_event(enabled));
}

// ---- registers --------------------------------------------------------------

std::uint8_t Rtc146818::read_register(std::uint8_t index) {
    const Nanoseconds now = clock_.now();
    if (index == register_c) {
        gather(now);
        const std::uint8_t flags = state_.flags;
        state_.flags = 0;
        schedule();
        return flags;
    }
    if (index == register_a) return state_.ram[register_a] | (update_in_progress(now) ? uip : 0);
    if (index == register_d) return valid_ram_and_time;
    return is_date(index) && running() ? with_date(second_at(now))[index] : state_.ram[index];
}

void Rtc146818::write_register(std::uint8_t index, std::uint8_t value) {
    const Nanoseconds now = clock_.now();
    if (index == register_c || index == register_d) return;
    if (index > register_d && index != century) {
        state_.ram[index] = value;
        return;
    }
    gather(now);
    if (is_alarm(index)) {
        state_.ram[index] = value;
    } else if (is_date(index)) {
        write_stopped(index, value, now);
    } else if (index == register_a) {
        write_register_a(value & 0x7F, now);
    } else {
        // SET clears the update-ended interrupt enable.
        write_stopped(register_b, value & set_mode ? value & ~update_ended & 0xFF : value, now);
    }
    schedule();
}

/// Writes a register on which the reading of the date depends.
void Rtc146818::write_stopped(std::uint8_t index, std::uint8_t value, Nanoseconds now) {
    if (running()) stop(now);
    state_.ram[index] = value;
    if (running()) start(now);
}

// The first update comes half a second after the divider chain is released ("Divider Control").
void Rtc146818::write_register_a(std::uint8_t value, Nanoseconds now) {
    const bool was_reset = (state_.ram[register_a] & divider_reset) == divider_reset;
    if (running()) stop(now);
    state_.ram[register_a] = value;
    if (was_reset && (value & divider_reset) != divider_reset)
        state_.second_began = now - nanoseconds_per_second / 2;
    if (running()) start(now);
}

// ---- date registers ---------------------------------------------------------

std::uint8_t Rtc146818::encode(int value) const {
    if (state_.ram[register_b] & binary) return static_cast<std::uint8_t>(value);
    return static_cast<std::uint8_t>(value / 10 << 4 | value % 10);
}

int Rtc146818::decode(std::uint8_t value) const {
    return state_.ram[register_b] & binary ? value : (value >> 4) * 10 + (value & 15);
}

std::uint8_t Rtc146818::encode_hour(int hour) const {
    if (state_.ram[register_b] & hours24) return encode(hour);
    const int hour12 = hour % 12 ? hour % 12 : 12;
    return static_cast<std::uint8_t>(encode(hour12) | (hour >= 12 ? afternoon : 0));
}

int Rtc146818::decode_hour(std::uint8_t value) const {
    if (state_.ram[register_b] & hours24) return decode(value);
    const int hour12 = decode(value & 0x7F) % 12;
    return hour12 + (value & afternoon ? 12 : 0);
}

std::array<std::uint8_t, 128> Rtc146818::with_date(std::int64_t second) const {
    const CalendarTime time = from_unix_seconds(second);
    auto ram = state_.ram;
    ram[seconds] = encode(time.second);
    ram[minutes] = encode(time.minute);
    ram[hours] = encode_hour(time.hour);
    ram[weekday] = static_cast<std::uint8_t>(floor_modulo(time.weekday + state_.weekday_shift, 7) + 1);
    ram[day] = encode(time.day);
    ram[month] = encode(time.month);
    ram[year] = encode(time.year % 100);
    ram[century] = encode(time.year / 100);
    return ram;
}

std::int64_t Rtc146818::date_registers(std::int64_t& weekday_shift) const {
    const auto& ram = state_.ram;
    CalendarTime time;
    time.year = decode(ram[century]) * 100 + decode(ram[year]);
    time.month = decode(ram[month]);
    time.day = decode(ram[day]);
    time.hour = decode_hour(ram[hours]);
    time.minute = decode(ram[minutes]);
    time.second = decode(ram[seconds]);
    const std::int64_t second = to_unix_seconds(time);
    weekday_shift = floor_modulo(ram[weekday] - 1 - from_unix_seconds(second).weekday, 7);
    return second;
}

}  // namespace calque
