// Mouse commands and movement reports.
#include "devices/ps2_mouse.hpp"

#include <algorithm>
#include <cstdlib>

namespace calque {

namespace {

enum Command : std::uint8_t {
    scaling_1_to_1 = 0xE6,
    scaling_2_to_1 = 0xE7,
    set_resolution = 0xE8,
    status_request = 0xE9,
    stream_mode = 0xEA,
    read_data = 0xEB,
    reset_wrap = 0xEC,
    wrap_mode = 0xEE,
    remote_mode = 0xF0,
    identify = 0xF2,
    set_rate = 0xF3,
    enable = 0xF4,
    disable = 0xF5,
    defaults = 0xF6,
    resend = 0xFE,
    reset_command = 0xFF
};
enum Reply : std::uint8_t { self_test_passed = 0xAA, acknowledge = 0xFA, send_again = 0xFE };
constexpr std::size_t motion_size = 4, motions_limit = 256 * motion_size;
constexpr std::uint8_t wheel_id = 3, five_button_id = 4;

/// Scaling 2:1 takes small steps for smaller and doubles the others.
std::int32_t scaled(std::int32_t distance) {
    constexpr std::int32_t steps[] = {0, 1, 1, 3, 6, 9};
    const std::int32_t size = std::abs(distance), result = size < 6 ? steps[size] : 2 * size;
    return distance < 0 ? -result : result;
}

}  // namespace

void Ps2Mouse::restore(const State& state) {
    state_ = state;
    tell_output();
}

// ---- movement ---------------------------------------------------------------

void Ps2Mouse::move(int dx, int dy, int wheel) {
    if (dx || dy || wheel) add_motion(dx, dy, wheel, state_.buttons);
}

void Ps2Mouse::set_buttons(std::uint8_t buttons) {
    if (buttons == state_.buttons) return;
    state_.buttons = buttons;
    add_motion(0, 0, 0, buttons);
}

// Movement between two changes of the buttons adds up; a click is never merged away.
void Ps2Mouse::add_motion(std::int32_t dx, std::int32_t dy, std::int32_t wheel, std::int32_t buttons) {
    std::vector<std::int32_t>& motions = state_.motions;
    if (!state_.reporting && !state_.remote) motions.clear();
    const bool merge = !motions.empty() && (motions.back() == buttons || motions.size() >= motions_limit);
    if (!merge) motions.insert(motions.end(), motion_size, 0);
    std::int32_t* last = motions.data() + motions.size() - motion_size;
    last[0] += dx;
    last[1] += dy;
    last[2] += wheel;
    last[3] = buttons;
    tell_output();
}

/// The wheel and, if the guest knows of them, two buttons.
std::uint8_t Ps2Mouse::fourth_byte(std::int32_t wheel, std::int32_t buttons) const {
    if (state_.id == wheel_id) return static_cast<std::uint8_t>(wheel);
    return static_cast<std::uint8_t>((wheel & 0x0F) | (buttons & (fourth | fifth)) << 1);
}

/// Takes what one report can hold from the first motion; the rest follows in the next. Only what is reported
/// unasked is scaled.
void Ps2Mouse::report() {
    std::vector<std::int32_t>& motions = state_.motions;
    if (motions.empty()) motions = {0, 0, 0, state_.buttons};
    const bool scales = state_.scaling && reports();
    const std::int32_t most = scales ? 127 : 255;
    const std::int32_t dx = std::clamp(motions[0], -most, most);
    const std::int32_t dy = std::clamp(motions[1], -most, most);
    const bool has_wheel = state_.id != 0;
    const std::int32_t wheel = has_wheel ? std::clamp(motions[2], -8, 7) : motions[2];
    const std::int32_t right_by = scales ? scaled(dx) : dx, up = scales ? scaled(-dy) : -dy;
    reply(
        static_cast<std::uint8_t>((motions[3] & 7) | 0x08 | (right_by < 0 ? 0x10 : 0) | (up < 0 ? 0x20 : 0)));
    reply(static_cast<std::uint8_t>(right_by));
    reply(static_cast<std::uint8_t>(up));
    if (has_wheel) reply(fourth_byte(wheel, motions[3]));
    motions[0] -= dx;
    motions[1] -= dy;
    motions[2] -= wheel;
    if (!motions[0] && !motions[1] && !motions[2])
        motions.erase(motions.begin(), motions.begin() + motion_size);
}

bool Ps2Mouse::has_output() const { return !state_.output.empty() || (reports() && !state_.motions.empty()); }

std::uint8_t Ps2Mouse::read() {
    if (state_.output.empty() && has_output()) report();
    if (state_.output.empty()) return state_.last_byte;
    state_.last_byte = state_.output.front();
    state_.output.erase(state_.output.begin());
    return state_.last_byte;
}

// ---- commands ---------------------------------------------------------------

void Ps2Mouse::write(std::uint8_t byte) {
    const std::uint8_t command = state_.command;
    state_.command = 0;
    if (state_.wrap && byte != reset_wrap && byte != reset_command)
        reply(byte);
    else if (command)
        take_parameter(command, byte);
    else
        run_command(byte);
    tell_output();
}

void Ps2Mouse::set_defaults() {
    state_.sample_rate = 100;
    state_.resolution = 2;
    state_.scaling = false;
    state_.reporting = false;
    state_.remote = false;
    state_.motions.clear();
}

void Ps2Mouse::run_command(std::uint8_t command) {
    if (command == resend) return reply(state_.last_byte);
    state_.output.clear();
    reply(acknowledge);
    switch (command) {
        case scaling_1_to_1: state_.scaling = false; break;
        case scaling_2_to_1: state_.scaling = true; break;
        case set_resolution:
        case set_rate: state_.command = command; break;
        case status_request: reply_status(); break;
        case stream_mode: state_.remote = false; break;
        case remote_mode: state_.remote = true; break;
        case read_data: report(); break;
        case reset_wrap: state_.wrap = false; break;
        case wrap_mode: state_.wrap = true; break;
        case identify: reply(state_.id); break;
        case enable: state_.reporting = true; break;
        case disable: state_.reporting = false; break;
        case defaults: set_defaults(); break;
        case reset_command:
            set_defaults();
            state_.id = 0;
            state_.wrap = false;
            reply(self_test_passed);
            reply(state_.id);
            break;
        default: state_.output.back() = send_again;
    }
}

void Ps2Mouse::take_parameter(std::uint8_t command, std::uint8_t parameter) {
    reply(acknowledge);
    if (command == set_rate)
        set_sample_rate(parameter);
    else
        state_.resolution = parameter & 3;
}

// Rates 200, 100, 80 in a row ask for the wheel; 200, 200, 80 for five buttons.
void Ps2Mouse::set_sample_rate(std::uint8_t rate) {
    using Rates = std::array<std::uint8_t, 2>;
    if (state_.earlier_rates == Rates{200, 100} && rate == 80) state_.id = wheel_id;
    if (state_.earlier_rates == Rates{200, 200} && rate == 80) state_.id = five_button_id;
    state_.earlier_rates = {state_.earlier_rates[1], rate};
    state_.sample_rate = rate;
}

void Ps2Mouse::reply_status() {
    const unsigned b = state_.buttons;
    const unsigned buttons = (b & left) << 2 | (b & middle) >> 1 | (b & right) >> 1;
    reply(static_cast<std::uint8_t>(state_.remote << 6 | state_.reporting << 5 | state_.scaling << 4 |
                                    static_cast<int>(buttons)));
    reply(state_.resolution);
    reply(state_.sample_rate);
}

}  // namespace calque
