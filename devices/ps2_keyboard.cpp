// Keyboard commands, scan codes and typematic repeat.
#include "devices/ps2_keyboard.hpp"

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
    all_keys_first = 0xF7,
    all_keys_last = 0xFA,
    resend = 0xFE,
    reset_command = 0xFF
};
enum Reply : std::uint8_t { self_test_passed = 0xAA, acknowledge = 0xFA, send_again = 0xFE };
constexpr std::uint16_t pressed_bit = 0x100;
constexpr std::uint8_t default_typematic = 0x2B;

}  // namespace

Ps2Keyboard::Ps2Keyboard(Clock& clock)
    : clock_(clock),
      key_timer_(clock, "keyboard", [this] { tell_output(); }),
      repeat_timer_(clock, "keyboard repeat", [this] { repeat(); }) {}

void Ps2Keyboard::restore(const State& state) {
    state_ = state;
    repeat_timer_.arm(state_.repeat_at);
    key_timer_.arm(state_.next_key_at > clock_.now() ? state_.next_key_at : never);
    tell_output();
}

bool Ps2Keyboard::key(Key key, bool pressed) {
    if (key == Key::pause && !pressed) return true;  // it sends nothing
    if (state_.waiting.size() >= waiting_keys_limit) return false;
    state_.waiting.push_back(
        static_cast<std::uint16_t>(static_cast<unsigned>(key) | (pressed ? pressed_bit : 0u)));
    tell_output();
    return true;
}

bool Ps2Keyboard::type(const KeyChord& chord) {
    if (state_.waiting.size() + 6 > waiting_keys_limit) return false;
    if (chord.control) key(Key::left_ctrl, true);
    if (chord.shift) key(Key::left_shift, true);
    key(chord.key, true);
    key(chord.key, false);
    if (chord.shift) key(Key::left_shift, false);
    if (chord.control) key(Key::left_ctrl, false);
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
    const std::uint16_t event = state_.waiting.front();
    state_.waiting.erase(state_.waiting.begin());
    state_.next_key_at = clock_.now() + key_time;
    key_timer_.arm(state_.next_key_at);
    const auto key = static_cast<Key>(event & 0xFF);
    const bool pressed = event & pressed_bit;
    state_.output = scan_code(key, pressed, state_.scan_code_set);
    if (pressed && key != Key::pause)
        hold(key);
    else if (key == state_.held)
        hold(Key::count);
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
    state_.output = scan_code(state_.held, true, state_.scan_code_set);
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
    tell_output();
}

void Ps2Keyboard::set_defaults() {
    state_.output.clear();
    state_.scan_code_set = 2;
    state_.typematic = default_typematic;
    hold(Key::count);
}

void Ps2Keyboard::run_command(std::uint8_t command) {
    if (command == resend) return reply(state_.last_byte);
    if (command == echo) return reply(echo);
    if (command < set_leds || (command > all_keys_last && command < resend)) return reply(send_again);
    reply(acknowledge);
    switch (command) {
        case set_leds:
        case select_scan_codes:
        case set_typematic: state_.command = command; break;
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
        default: break;  // "set all keys" commands concern scan code set 3 only
    }
}

void Ps2Keyboard::take_parameter(std::uint8_t command, std::uint8_t parameter) {
    if (command == select_scan_codes && parameter > 2) return reply(send_again);
    reply(acknowledge);
    if (command == set_leds) state_.leds = parameter & 7;
    if (command == set_typematic) state_.typematic = parameter & 0x7F;
    if (command != select_scan_codes) return;
    if (parameter == 0)
        reply(state_.scan_code_set);
    else
        state_.scan_code_set = parameter;
}

}  // namespace calque
