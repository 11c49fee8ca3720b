// The US layout and the names of keys.
#include "devices/keys.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace calque {

namespace {

constexpr auto key_count = static_cast<std::size_t>(Key::count);

/// In the order of the enumeration.
constexpr std::array<std::string_view, key_count> names = {
    "a",
    "b",
    "c",
    "d",
    "e",
    "f",
    "g",
    "h",
    "i",
    "j",
    "k",
    "l",
    "m",
    "n",
    "o",
    "p",
    "q",
    "r",
    "s",
    "t",
    "u",
    "v",
    "w",
    "x",
    "y",
    "z",
    "0",
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "7",
    "8",
    "9",
    "grave",
    "minus",
    "equal",
    "backslash",
    "left_bracket",
    "right_bracket",
    "semicolon",
    "apostrophe",
    "comma",
    "period",
    "slash",
    "iso_backslash",
    "escape",
    "enter",
    "space",
    "backspace",
    "tab",
    "caps_lock",
    "left_shift",
    "right_shift",
    "left_ctrl",
    "right_ctrl",
    "left_alt",
    "right_alt",
    "left_meta",
    "right_meta",
    "menu",
    "f1",
    "f2",
    "f3",
    "f4",
    "f5",
    "f6",
    "f7",
    "f8",
    "f9",
    "f10",
    "f11",
    "f12",
    "print_screen",
    "scroll_lock",
    "pause",
    "insert",
    "delete",
    "home",
    "end",
    "page_up",
    "page_down",
    "up",
    "down",
    "left",
    "right",
    "num_lock",
    "keypad_0",
    "keypad_1",
    "keypad_2",
    "keypad_3",
    "keypad_4",
    "keypad_5",
    "keypad_6",
    "keypad_7",
    "keypad_8",
    "keypad_9",
    "keypad_period",
    "keypad_enter",
    "keypad_plus",
    "keypad_minus",
    "keypad_multiply",
    "keypad_divide",
};

constexpr std::pair<std::string_view, Key> short_names[] = {
    {"ctrl", Key::left_ctrl},  {"alt", Key::left_alt}, {"shift", Key::left_shift}, {"meta", Key::left_meta},
    {"altgr", Key::right_alt}, {"del", Key::del},      {"esc", Key::escape},       {"ret", Key::enter},
    {"return", Key::enter},    {"spc", Key::space},    {"pgup", Key::page_up},     {"pgdn", Key::page_down},
};

struct Printed {
    Key key;
    char plain;
    char shifted;
};

/// What is not a letter.
constexpr Printed printed[] = {
    {Key::digit0, '0', ')'},        {Key::digit1, '1', '!'},      {Key::digit2, '2', '@'},
    {Key::digit3, '3', '#'},        {Key::digit4, '4', '$'},      {Key::digit5, '5', '%'},
    {Key::digit6, '6', '^'},        {Key::digit7, '7', '&'},      {Key::digit8, '8', '*'},
    {Key::digit9, '9', '('},        {Key::grave, '`', '~'},       {Key::minus, '-', '_'},
    {Key::equal, '=', '+'},         {Key::backslash, '\\', '|'},  {Key::left_bracket, '[', '{'},
    {Key::right_bracket, ']', '}'}, {Key::semicolon, ';', ':'},   {Key::apostrophe, '\'', '"'},
    {Key::comma, ',', '<'},         {Key::period, '.', '>'},      {Key::slash, '/', '?'},
    {Key::space, ' ', ' '},         {Key::enter, '\n', '\n'},     {Key::enter, '\r', '\r'},
    {Key::tab, '\t', '\t'},         {Key::backspace, '\b', '\b'}, {Key::backspace, 0x7F, 0x7F},
    {Key::escape, 0x1B, 0x1B},
};

Key letter(char lower) { return static_cast<Key>(static_cast<int>(Key::a) + lower - 'a'); }

}  // namespace

std::optional<KeyChord> keys_for_character(char character) {
    if (character >= 'a' && character <= 'z') return KeyChord{letter(character)};
    if (character >= 'A' && character <= 'Z')
        return KeyChord{.key = letter(static_cast<char>(character - 'A' + 'a')), .shift = true};
    for (const Printed& p : printed) {
        if (character == p.plain) return KeyChord{p.key};
        if (character == p.shifted) return KeyChord{.key = p.key, .shift = true};
    }
    if (character >= 1 && character <= 26)
        return KeyChord{.key = letter(static_cast<char>(character - 1 + 'a')), .control = true};
    return std::nullopt;
}

std::string_view key_name(Key key) { return names.at(static_cast<std::size_t>(key)); }

std::optional<Key> key_by_name(std::string_view name) {
    for (const auto& [short_name, key] : short_names) {
        if (short_name == name) return key;
    }
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<Key>(found - names.begin());
}

}  // namespace calque
