// Priority logic and command words of the 8259A. Names follow the data sheet.
#include "devices/pic8259.hpp"

#include "devices/bits.hpp"

namespace calque {

namespace {

enum Icw1 : std::uint8_t { needs_icw4 = 0x01, single = 0x02, level_triggered_mode = 0x08, icw1_mark = 0x10 };
enum Icw4 : std::uint8_t { auto_eoi = 0x02, fully_nested_special = 0x10 };
enum Ocw2 : std::uint8_t { eoi = 0x20, specific = 0x40, rotate = 0x80 };
enum Ocw3 : std::uint8_t { ocw3_mark = 0x08 };

constexpr unsigned none = 8;

}  // namespace

void Pic8259::reset() {
    const std::uint8_t lines = state_.lines;
    state_ = {};
    state_.lines = lines;
    update();
}

void Pic8259::restore(const State& state) {
    state_ = state;
    update();
}

std::uint8_t Pic8259::read(bool a0) {
    if (state_.poll) return poll();
    if (a0) return state_.imr;
    return state_.read_isr ? state_.isr : state_.irr;
}

void Pic8259::write(bool a0, std::uint8_t value) {
    if (!a0 && value & icw1_mark) {
        begin_initialization(value);
    } else if (!a0) {
        value& ocw3_mark ? write_ocw3(value) : write_ocw2(value);
    } else if (state_.initialization_step) {
        write_icw(value);
    } else {
        state_.imr = value;
    }
    update();
}

// An input must see a new edge after ICW1; levels stay requests.
void Pic8259::begin_initialization(std::uint8_t icw1) {
    State fresh;
    fresh.lines = state_.lines;
    fresh.level_triggered = state_.level_triggered;
    fresh.icw1 = icw1;
    fresh.icw2 = state_.icw2;
    fresh.icw3 = state_.icw3;
    fresh.initialization_step = 2;
    state_ = fresh;
    for (unsigned input = 0; input < 8; ++input)
        state_.irr = with_bit(state_.irr, input, level_mode(input) && bit(state_.lines, input));
}

void Pic8259::write_icw(std::uint8_t value) {
    const std::uint8_t after_icw3 = state_.icw1 & needs_icw4 ? 4 : 0;
    switch (state_.initialization_step) {
        case 2:
            state_.icw2 = value & 0xF8;
            state_.initialization_step = state_.icw1 & single ? after_icw3 : 3;
            break;
        case 3:
            state_.icw3 = value;
            state_.initialization_step = after_icw3;
            break;
        default: state_.icw4 = value; state_.initialization_step = 0;
    }
}

void Pic8259::write_ocw2(std::uint8_t value) {
    const auto level = static_cast<unsigned>(value & 7);
    if (!(value & eoi)) {
        if (value & specific && value & rotate) state_.lowest_priority = static_cast<std::uint8_t>(level);
        if (!(value & specific)) state_.rotate_on_auto_eoi = value & rotate;
        return;
    }
    const unsigned ended = value & specific ? level : highest_in_service();
    if (ended == none) return;
    state_.isr = with_bit(state_.isr, ended, false);
    if (value & rotate) state_.lowest_priority = static_cast<std::uint8_t>(ended);
}

void Pic8259::write_ocw3(std::uint8_t value) {
    if (value & 0x02) state_.read_isr = value & 0x01;
    if (value & 0x40) state_.special_mask = value & 0x20;
    state_.poll = value & 0x04;
}

void Pic8259::set_line(unsigned input, bool level) {
    if (bit(state_.lines, input) == level) return;
    state_.lines = with_bit(state_.lines, input, level);
    state_.irr = with_bit(state_.irr, input, level);
    update();
}

void Pic8259::set_level_triggered(std::uint8_t inputs) {
    state_.level_triggered = inputs;
    for (unsigned input = 0; input < 8; ++input) {
        if (level_mode(input)) state_.irr = with_bit(state_.irr, input, bit(state_.lines, input));
    }
    update();
}

bool Pic8259::level_mode(unsigned input) const {
    return state_.icw1 & level_triggered_mode || bit(state_.level_triggered, input);
}

/// 0 for the input of highest priority, 7 for the lowest.
unsigned Pic8259::distance(unsigned input) const { return (input - state_.lowest_priority - 1u) & 7; }

unsigned Pic8259::highest_of(std::uint8_t inputs) const {
    for (unsigned i = 1; i <= 8; ++i) {
        const unsigned input = (state_.lowest_priority + i) & 7;
        if (bit(inputs, input)) return input;
    }
    return none;
}

// A non-specific EOI leaves alone what the special mask mode has set aside.
unsigned Pic8259::highest_in_service() const {
    const std::uint8_t masked = state_.special_mask ? state_.imr : 0;
    return highest_of(static_cast<std::uint8_t>(state_.isr & ~masked));
}

// In special fully nested mode a slave in service may interrupt again with a better request of its own.
bool Pic8259::outranked(unsigned input) const {
    const unsigned serving = highest_in_service();
    if (serving == none || distance(input) < distance(serving)) return false;
    const bool slave = bit(state_.icw3, input) && !(state_.icw1 & single);
    return !(input == serving && slave && state_.icw4 & fully_nested_special);
}

int Pic8259::pending() const {
    if (state_.initialization_step) return -1;
    const unsigned input = highest_of(static_cast<std::uint8_t>(state_.irr & ~state_.imr));
    if (input == none || outranked(input)) return -1;
    return static_cast<int>(input);
}

// INT falls with every acknowledge, so that a cascaded chip shows its master an edge for the next request.
std::uint8_t Pic8259::take(unsigned input) {
    interrupt.set(false);
    if (!level_mode(input)) state_.irr = with_bit(state_.irr, input, false);
    if (!(state_.icw4 & auto_eoi)) {
        state_.isr = with_bit(state_.isr, input, true);
    } else if (state_.rotate_on_auto_eoi) {
        state_.lowest_priority = static_cast<std::uint8_t>(input);
    }
    update();
    return static_cast<std::uint8_t>(state_.icw2 | input);
}

std::uint8_t Pic8259::acknowledge() {
    const int input = pending();
    return input < 0 ? static_cast<std::uint8_t>(state_.icw2 | 7) : take(static_cast<unsigned>(input));
}

std::uint8_t Pic8259::poll() {
    state_.poll = false;
    const int input = pending();
    if (input < 0) return 0;
    take(static_cast<unsigned>(input));
    return static_cast<std::uint8_t>(0x80 | input);
}

void Pic8259::update() { interrupt.set(pending() >= 0); }

}  // namespace calque
