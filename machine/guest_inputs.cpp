// The ways into a machine.
#include "machine/guest_inputs.hpp"

#include "machine/machine.hpp"

namespace calque {

void GuestInputs::give(GuestInput input) {
    if (shut_) return;
    if (!note_) return apply(input);
    const bool is_key = input.kind == GuestInput::Kind::key;
    keys_underway_ += is_key;
    machine_.at_next_border([this, is_key, input = std::move(input)] {
        keys_underway_ -= is_key;
        give_now(input);
    });
}

void GuestInputs::give_now(const GuestInput& input) {
    if (shut_) return;
    apply(input);
    if (note_) note_(input);
}

void GuestInputs::apply(const GuestInput& input) {
    Board& board = machine_.board();
    Chips& chips = board.chips();
    const auto& [first, second, third] = input.numbers;
    const auto tray = first ? Drives::Tray::force : Drives::Tray::respect_lock;
    switch (input.kind) {
        case GuestInput::Kind::key: chips.keyboard.key(static_cast<Key>(first), second != 0); break;
        case GuestInput::Kind::motion: chips.mouse.move(first, second, third); break;
        case GuestInput::Kind::buttons: chips.mouse.set_buttons(static_cast<std::uint8_t>(first)); break;
        case GuestInput::Kind::serial:
            (first == 1 ? chips.com1 : chips.com2).receive(static_cast<std::uint8_t>(second));
            break;
        case GuestInput::Kind::frame:
            if (frame_)
                frame_({reinterpret_cast<const std::uint8_t*>(input.content.data()), input.content.size()});
            break;
        case GuestInput::Kind::change: board.drives().change(input.drive, input.content, tray); break;
        case GuestInput::Kind::eject: board.drives().eject(input.drive, tray); break;
        case GuestInput::Kind::power_button: chips.pm.acpi().press_power_button(); break;
        case GuestInput::Kind::reset: board.ask(Board::Request::reset); break;
    }
}

void GuestInputs::key(Key key, bool pressed) {
    give({.kind = GuestInput::Kind::key, .numbers = {static_cast<std::int32_t>(key), pressed, 0}});
}

bool GuestInputs::type(const KeyChord& chord) {
    if (!machine_.board().chips().keyboard.has_room(keys_underway_ + longest_strike)) return false;
    strike(chord, [this](Key next, bool pressed) { key(next, pressed); });
    return true;
}

void GuestInputs::move_mouse(int dx, int dy, int wheel) {
    give({.kind = GuestInput::Kind::motion, .numbers = {dx, dy, wheel}});
}

void GuestInputs::set_mouse_buttons(std::uint8_t buttons) {
    give({.kind = GuestInput::Kind::buttons, .numbers = {buttons, 0, 0}});
}

void GuestInputs::frame(EthernetFrame frame) {
    give({.kind = GuestInput::Kind::frame, .content = {frame.begin(), frame.end()}});
}

void GuestInputs::press_power_button() { give({.kind = GuestInput::Kind::power_button}); }

void GuestInputs::reset() { give({.kind = GuestInput::Kind::reset}); }

void GuestInputs::change(const std::string& drive, const std::string& path, Drives::Tray tray) {
    give_now({.kind = GuestInput::Kind::change,
              .numbers = {tray == Drives::Tray::force, 0, 0},
              .drive = drive,
              .content = path});
}

void GuestInputs::eject(const std::string& drive, Drives::Tray tray) {
    give_now(
        {.kind = GuestInput::Kind::eject, .numbers = {tray == Drives::Tray::force, 0, 0}, .drive = drive});
}

std::size_t GuestInputs::receive(Uart16550& uart, std::span<const std::uint8_t> bytes,
                                 const std::function<void()>& again) {
    if (shut_) return bytes.size();
    if (note_ && !at_border_) {
        if (!bytes.empty() && uart.can_receive()) {
            machine_.at_next_border([this, again] {
                at_border_ = true;
                again();
                at_border_ = false;
            });
        }
        return 0;
    }
    const std::int32_t port = &uart == &machine_.board().chips().com1 ? 1 : 2;
    std::size_t taken = 0;
    for (; taken < bytes.size() && uart.receive(bytes[taken]); ++taken) {
        if (note_) note_({.kind = GuestInput::Kind::serial, .numbers = {port, bytes[taken], 0}});
    }
    return taken;
}

}  // namespace calque
