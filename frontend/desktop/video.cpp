// Is there a display, and does SDL show windows on it?
#include "frontend/desktop/video.hpp"

#include "frontend/desktop/desktop.hpp"
#include "frontend/usage_error.hpp"

#include <SDL.h>

#include <cstdlib>
#include <string_view>

namespace calque {

Video::Video() {
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    works_ = SDL_InitSubSystem(SDL_INIT_VIDEO) == 0;
}

Video::~Video() {
    if (works_) SDL_QuitSubSystem(SDL_INIT_VIDEO);
}

bool Video::shows_windows() const {
    const std::string_view driver = works_ ? SDL_GetCurrentVideoDriver() : "";
    return works_ && driver != "offscreen" && driver != "dummy";
}

std::vector<std::string> display_names() { return {"sdl", "none"}; }

namespace {

bool is_set(const char* variable) {
    const char* value = std::getenv(variable);
    return value && *value;
}

/// Looked at before SDL is asked: its drivers complain on standard error where there is nothing to find.
bool display_is_likely() {
    return is_set("DISPLAY") || (is_set("WAYLAND_DISPLAY") && is_set("XDG_RUNTIME_DIR"));
}

}  // namespace

std::string choose_display(const std::string& wanted) {
    if (wanted == "sdl" && !display_is_likely() && !is_set("SDL_VIDEODRIVER"))
        throw UsageError("--display sdl: there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)");
    if (!wanted.empty()) return wanted;
    return display_is_likely() && Video().shows_windows() ? "sdl" : "none";
}

}  // namespace calque
