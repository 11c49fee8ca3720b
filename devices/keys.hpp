// Keys by position, and what a US layout prints on them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace calque {

/// The keys of a 104-key keyboard, named after what a US layout prints on them.
enum class Key : std::uint8_t {
    a,
    b,
    c,
    d,
    e,
    f,
    g,
    h,
    i,
    j,
    k,
    l,
    m,
    n,
    o,
    p,
    q,
    r,
    s,
    t,
    u,
    v,
    w,
    x,
    y,
    z,
    digit0,
    digit1,
    digit2,
    digit3,
    digit4,
    digit5,
    digit6,
    digit7,
    digit8,
    digit9,
    grave,
    minus,
    equal,
    backslash,
    left_bracket,
    right_bracket,
    semicolon,
    apostrophe,
    comma,
    period,
    slash,
    iso_backslash,
    escape,
    enter,
    space,
    backspace,
    tab,
    caps_lock,
    left_shift,
    right_shift,
    left_ctrl,
    right_ctrl,
    left_alt,
    right_alt,
    left_meta,
    right_meta,
    menu,
    f1,
    f2,
    f3,
    f4,
    f5,
    f6,
    f7,
    f8,
    f9,
    f10,
    f11,
    f12,
    print_screen,
    scroll_lock,
    pause,
    insert,
    del,
    home,
    end,
    page_up,
    page_down,
    up,
    down,
    left,
    right,
    num_lock,
    keypad0,
    keypad1,
    keypad2,
    keypad3,
    keypad4,
    keypad5,
    keypad6,
    keypad7,
    keypad8,
    keypad9,
    keypad_period,
    keypad_enter,
    keypad_plus,
    keypad_minus,
    keypad_multiply,
    keypad_divide,
    count
};

/// A key with the modifiers that go down before it.
struct KeyChord {
    Key key = Key::count;
    bool shift = false;
    bool control = false;
    bool operator==(const KeyChord&) const = default;
};

/// Keys that strike() sends at most.
inline constexpr std::size_t longest_strike = 6;

/// Presses and releases a chord's keys: calls `send(Key, pressed)`.
template <typename Send>
void strike(const KeyChord& chord, Send send) {
    if (chord.control) send(Key::left_ctrl, true);
    if (chord.shift) send(Key::left_shift, true);
    send(chord.key, true);
    send(chord.key, false);
    if (chord.shift) send(Key::left_shift, false);
    if (chord.control) send(Key::left_ctrl, false);
}

/// How a US layout types an ASCII character; control characters come out as Ctrl with a letter, but for
/// tab, newline (Enter), backspace and escape. nullopt for what cannot be typed.
std::optional<KeyChord> keys_for_character(char character);

/// The name of a key in scripts: "a", "f1", "left_ctrl".
std::string_view key_name(Key key);
/// Takes key_name()'s names and short ones: "ctrl", "alt", "shift", "meta", "delete", "esc", "ret".
std::optional<Key> key_by_name(std::string_view name);

}  // namespace calque
