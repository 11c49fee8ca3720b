// What keys with Ctrl and Alt do to the window and to the machine.
#pragma once

#include <SDL_scancode.h>

#include <cstdint>
#include <optional>
#include <string>

namespace calque {

enum class Shortcut : std::uint8_t {
    full_screen,
    mouse,
    scaling,
    paste,
    screenshot,
    reset,
    power_button,
    eject_cdrom,
    eject_floppy,
    ctrl_alt_delete,
    help,
};

/// Of a key that goes down while Ctrl and Alt are held.
std::optional<Shortcut> shortcut_of(SDL_Scancode scancode);

/// All of them, a line each.
std::string shortcut_help();

}  // namespace calque
