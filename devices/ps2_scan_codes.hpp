// Scan codes of PS/2 keyboards, and the controller's translation from set 2 to set 1.
#pragma once

#include "devices/keys.hpp"

#include <cstdint>
#include <vector>

namespace calque {

/// Keys that are held while another one goes down or up; a bit each.
enum HeldModifier : std::uint8_t { holds_shift = 1, holds_control = 2, holds_alt = 4 };

/// What a keyboard in scan code set 1 or 2 sends when a key goes down or up. Empty where it sends nothing
/// (the release of Pause). `held` makes Break of Pause and SysRq of Print Screen.
std::vector<std::uint8_t> scan_code(Key key, bool pressed, unsigned set, std::uint8_t held = 0);

/// Scan code set 3: a byte a key, and for each key what it does with it.
std::uint8_t set3_code(Key key);
enum KeyAction : std::uint8_t { key_breaks = 1, key_repeats = 2 };
/// KeyActions after power-on.
std::uint8_t usual_key_action(Key key);

/// The set 1 code of one byte of set 2, prefixes and replies included.
std::uint8_t translate_scan_code(std::uint8_t byte);

}  // namespace calque
