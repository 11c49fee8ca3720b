// Keyboard commands, scan codes and typematic repeat.
#include "devices/ps2_keyboard.hpp"

#include "devices/bits.hpp"
#include "devices/ps2_scan_codes.hpp"

namespace calque {

namespace {

enum Command : std::uint8_t {
    set_leds = 0xED,
    echo = 0xEE,
    select_scan_codes = 0xF0,
    identify = 0xF2,
    set_typematic = 0xF3,
    enable = 0xF4,
    disable = 0xF5,
    defaults = 0xF6,
    all_keys_repeat = 0xF7,
    all_keys_break = 0xF8,
    all_keys_make = 0xF9,
    all_keys_do_both = 0xFA,
    key_repeat = 0xFB,
    key_break = 0xFC,
    key_make = 0xFD,
    resend = 0xFE,
    reset_command = 0xFF
};
enum Reply : std::uint8_t { self_test_passed = 0xAA, acknowledge = 0xFA, send_again = 0xFE };
constexpr std::uint16_t pressed_bit = 0x100;
constexpr std::uint8_t default_typematic = 0x2B;
constexpr std::uint8_t release = 0xF0;

Key key_of(std::uint16_t event) { return static_cast<Key>(event & 0xFF); }

/// What F7h..FAh set for all keys and FBh..FDh for some.
std::uint8_t key_action(std::uint8_t command) {
    switch (command) {
        case all_keys_repeat:
        case key_repeat: return key_repeats;
        case all_keys_break:
        case key_break: return key_breaks;
        case all_keys_do_both: return key_repeats | key_breaks;
        default: return 0;
    }
}

}  // namespace

Ps2Keyboard::Ps2Keyboard(Clock& clock)
    : clock_(clock),
      key_timer_(clock, "keyboard", [this] { tell_output(); }),
      repeat_timer_(clock, "keyboard repeat", [this] { repeat(); }) {
    set_usual_key_types();
}

void Ps2Keyboard::reset() {
    restore({});
    set_usual_key_types();
}

void Ps2Keyboard::restore(const State& state) {
    state_ = state;
    repeat_timer_.arm(state_.repeat_at);
    key_timer_.arm(state_.next_key_at > clock_.now() ? state_.next_key_at : never);
    tell_output();
}

bool Ps2Keyboard::key(Key key, bool pressed) {
    if (!has_room(1)) return false;
    state_.waiting.push_back(
        static_cast<std::uint16_t>(static_cast<unsigned>(key) | (pressed ? pressed_bit : 0u)));
    pass_over_silent_keys();
    tell_output();
    return true;
}

// ---- output -----------------------------------------------------------------

bool Ps2Keyboard::has_output() const {
    return !state_.replies.empty() || !state_.output.empty() || key_due();
}

bool Ps2Keyboard::key_due() const {
    return scans() && !state_.waiting.empty() && clock_.now() >= state_.next_key_at;
}

std::uint8_t Ps2Keyboard::read() {
    if (state_.replies.empty() && state_.output.empty() && key_due()) convert_next_key();
    std::vector<std::uint8_t>& source = state_.replies.empty() ? state_.output : state_.replies;
    if (source.empty()) return state_.last_byte;
    state_.last_byte = source.front();
    source.erase(source.begin());
    return state_.last_byte;
}

void Ps2Keyboard::convert_next_key() {
    state_.output = code_of(state_.waiting.front());
    state_.next_key_at = clock_.now() + key_time;
    key_timer_.arm(state_.next_key_at);
    take_event();
    pass_over_silent_keys();
}

std::vector<std::uint8_t> Ps2Keyboard::code_of(std::uint16_t event) const {
    const bool pressed = event & pressed_bit;
    if (state_.scan_code_set != 3)
        return scan_code(key_of(event), pressed, state_.scan_code_set, state_.modifiers);
    const std::uint8_t code = set3_code(key_of(event));
    if (pressed) return {code};
    return state_.key_types[code] & key_breaks ? std::vector<std::uint8_t>{release, code}
                                               : std::vector<std::uint8_t>{};
}

bool Ps2Keyboard::repeats(Key key) const {
    if (state_.scan_code_set == 3) return state_.key_types[set3_code(key)] & key_repeats;
    return key != Key::pause;
}

/// The first of the waiting keys goes down or up.
void Ps2Keyboard::take_event() {
    const std::uint16_t event = state_.waiting.front();
    state_.waiting.erase(state_.waiting.begin());
    const bool pressed = event & pressed_bit;
    note_modifier(key_of(event), pressed);
    if (pressed)
        hold(repeats(key_of(event)) ? key_of(event) : Key::count);
    else if (key_of(event) == state_.held)
        hold(Key::count);
}

/// Releases of which nothing is told must not wait for their turn.
void Ps2Keyboard::pass_over_silent_keys() {
    while (!state_.waiting.empty() && code_of(state_.waiting.front()).empty()) take_event();
}

void Ps2Keyboard::note_modifier(Key key, bool pressed) {
    std::uint8_t mask = 0;
    if (key == Key::left_shift || key == Key::right_shift) mask = holds_shift;
    if (key == Key::left_ctrl || key == Key::right_ctrl) mask = holds_control;
    if (key == Key::left_alt || key == Key::right_alt) mask = holds_alt;
    state_.modifiers = merge(state_.modifiers, pressed ? mask : 0, mask);
}

// ---- typematic --------------------------------------------------------------

void Ps2Keyboard::hold(Key key) {
    state_.held = key;
    state_.repeat_at = key == Key::count ? never : clock_.now() + repeat_delay();
    repeat_timer_.arm(state_.repeat_at);
}

void Ps2Keyboard::repeat() {
    state_.repeat_at += repeat_period();
    repeat_timer_.arm(state_.repeat_at);
    if (!scans() || has_output() || !state_.waiting.empty()) return;
    state_.output = code_of(static_cast<std::uint16_t>(static_cast<unsigned>(state_.held) | pressed_bit));
    tell_output();
}

Nanoseconds Ps2Keyboard::repeat_delay() const { return ((state_.typematic >> 5 & 3) + 1) * 250'000'000LL; }

// (8 + A) * 2^B / 240 s, A and B being bits 0..2 and 3..4.
Nanoseconds Ps2Keyboard::repeat_period() const {
    const int factor = (8 + (state_.typematic & 7)) << (state_.typematic >> 3 & 3);
    return factor * (nanoseconds_per_second / 240);
}

// ---- commands ---------------------------------------------------------------

void Ps2Keyboard::write(std::uint8_t byte) {
    const std::uint8_t command = state_.command;
    state_.command = 0;
    if (command && byte < set_leds)
        take_parameter(command, byte);
    else
        run_command(byte);
    pass_over_silent_keys();
    tell_output();
}

void Ps2Keyboard::set_usual_key_types() {
    for (unsigned key = 0; key < static_cast<unsigned>(Key::count); ++key)
        state_.key_types[set3_code(static_cast<Key>(key))] = usual_key_action(static_cast<Key>(key));
}

void Ps2Keyboard::set_key_types(std::uint8_t command) { state_.key_types.fill(key_action(command)); }

void Ps2Keyboard::set_defaults() {
    state_.output.clear();
    state_.scan_code_set = 2;
    state_.typematic = default_typematic;
    set_usual_key_types();
    hold(Key::count);
}

void Ps2Keyboard::run_command(std::uint8_t command) {
    if (command == resend) return reply(state_.last_byte);
    if (command == echo) return reply(echo);
    if (command < set_leds || command == 0xEF || command == 0xF1) return reply(send_again);
    reply(acknowledge);
    switch (command) {
        case set_leds:
        case select_scan_codes:
        case set_typematic:
        case key_repeat:
        case key_break:
        case key_make: state_.command = command; break;
        case identify:
            reply(0xAB);
            reply(0x83);
            break;
        case enable: state_.scanning = true; break;
        case disable:
            set_defaults();
            state_.scanning = false;
            break;
        case defaults: set_defaults(); break;
        case reset_command:
            set_defaults();
            state_.leds = 0;
            state_.scanning = true;
            reply(self_test_passed);
            break;
        default: set_key_types(command); break;
    }
}

void Ps2Keyboard::take_parameter(std::uint8_t command, std::uint8_t parameter) {
    if (command == select_scan_codes && parameter > 3) return reply(send_again);
    reply(acknowledge);
    if (command >= key_repeat) {  // key after key up to the next command
        if (parameter < state_.key_types.size()) state_.key_types[parameter] = key_action(command);
        state_.command = command;
    }
    if (command == set_leds) state_.leds = parameter & 7;
    if (command == set_typematic) state_.typematic = parameter & 0x7F;
    if (command != select_scan_codes) return;
    if (parameter == 0)
        reply(state_.scan_code_set);
    else
        state_.scan_code_set = parameter;
}

}  // namespace calque
