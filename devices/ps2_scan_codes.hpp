// Scan codes of PS/2 keyboards, and the controller's translation from set 2 to set 1.
#pragma once

#include "devices/keys.hpp"

#include <cstdint>
#include <vector>

namespace calque {

/// What a keyboard in scan code set 1 or 2 sends when a key goes down or up. Empty where it sends nothing
/// (the release of Pause).
std::vector<std::uint8_t> scan_code(Key key, bool pressed, unsigned set);

/// The set 1 code of one byte of set 2, prefixes and replies included.
std::uint8_t translate_scan_code(std::uint8_t byte);

}  // namespace calque
