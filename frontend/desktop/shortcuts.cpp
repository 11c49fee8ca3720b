// The one list of shortcuts.
#include "frontend/desktop/shortcuts.hpp"

#include <fmt/format.h>

namespace calque {

namespace {

struct Entry {
    SDL_Scancode scancode;
    Shortcut shortcut;
    const char* key;
    const char* meaning;
};

constexpr Entry entries[] = {
    {SDL_SCANCODE_G, Shortcut::mouse, "G", "catch the mouse, or let it go"},
    {SDL_SCANCODE_F, Shortcut::full_screen, "F", "fill the screen, or not"},
    {SDL_SCANCODE_S, Shortcut::scaling, "S", "scale smoothly, or by whole numbers"},
    {SDL_SCANCODE_V, Shortcut::paste, "V", "type the clipboard's text (US layout)"},
    {SDL_SCANCODE_P, Shortcut::screenshot, "P", "write a screenshot into the current folder"},
    {SDL_SCANCODE_A, Shortcut::eject_floppy, "A", "take the disk out of A:"},
    {SDL_SCANCODE_E, Shortcut::eject_cdrom, "E", "open the CD-ROM drive"},
    {SDL_SCANCODE_END, Shortcut::ctrl_alt_delete, "End", "press Ctrl-Alt-Delete in the guest"},
    {SDL_SCANCODE_O, Shortcut::power_button, "O", "press the power button"},
    {SDL_SCANCODE_R, Shortcut::reset, "R", "press the reset button"},
    {SDL_SCANCODE_H, Shortcut::help, "H", "this list"},
};

}  // namespace

std::optional<Shortcut> shortcut_of(SDL_Scancode scancode) {
    for (const Entry& entry : entries) {
        if (entry.scancode == scancode) return entry.shortcut;
    }
    return std::nullopt;
}

std::string shortcut_help() {
    std::string text;
    for (const Entry& entry : entries) text += fmt::format("Ctrl-Alt-{}: {}\n", entry.key, entry.meaning);
    return text + "\nDrop a file onto the window to put it into A: or into the CD-ROM drive.";
}

}  // namespace calque
