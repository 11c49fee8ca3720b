// The machine in a window: the window on the main thread, the machine on one of its own.
#include "frontend/desktop/desktop.hpp"

#include "frontend/desktop/keyboard_map.hpp"
#include "frontend/desktop/screen.hpp"
#include "frontend/desktop/window.hpp"
#include "frontend/session.hpp"
#include "frontend/usage_error.hpp"

#include <SDL.h>
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <set>
#include <string_view>
#include <thread>

namespace calque {

namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

class Desktop {
public:
    explicit Desktop(Session& session) : session_(session), machine_(session.machine()), screen_(machine_) {}

    RunResult run();

private:
    void run_machine();
    void handle(const SDL_Event& event);
    void handle_key(const SDL_KeyboardEvent& event);
    void handle_window_event(const SDL_WindowEvent& event);
    bool handle_shortcut(const SDL_KeyboardEvent& event);
    void send_key(Key key, bool pressed);
    void release_keys();
    void send_motion(int dx, int dy, int wheel);
    void send_buttons();
    void refresh();
    void update_title();

    Session& session_;
    Machine& machine_;
    Screen screen_;
    Window window_{"Calque"};
    std::set<Key> pressed_;
    RunResult result_;
    std::exception_ptr error_;
    std::atomic<bool> ended_ = false;
    SteadyClock::time_point next_frame_, next_title_;
    std::uint64_t titled_instructions_ = 0;
};

RunResult Desktop::run() {
    std::thread machine_thread([this] { run_machine(); });
    while (!ended_) {
        SDL_Event event;
        if (SDL_WaitEventTimeout(&event, 8)) handle(event);
        while (SDL_PollEvent(&event)) handle(event);
        refresh();
        update_title();
    }
    machine_thread.join();
    if (error_) std::rethrow_exception(error_);
    return result_;
}

void Desktop::run_machine() {
    try {
        result_ = session_.run();
    } catch (...) {
        error_ = std::current_exception();
    }
    ended_ = true;
}

void Desktop::handle(const SDL_Event& event) {
    switch (event.type) {
        case SDL_QUIT: machine_.events().post([this] { machine_.finish({RunEnd::quit}); }); break;
        case SDL_KEYDOWN:
        case SDL_KEYUP: handle_key(event.key); break;
        case SDL_WINDOWEVENT: handle_window_event(event.window); break;
        case SDL_MOUSEMOTION:
            if (window_.mouse_captured()) send_motion(event.motion.xrel, event.motion.yrel, 0);
            break;
        case SDL_MOUSEWHEEL:
            if (window_.mouse_captured()) send_motion(0, 0, -event.wheel.y);
            break;
        case SDL_MOUSEBUTTONDOWN:
            if (window_.mouse_captured())
                send_buttons();
            else
                window_.capture_mouse(true);
            break;
        case SDL_MOUSEBUTTONUP:
            if (window_.mouse_captured()) send_buttons();
            break;
        default: break;
    }
}

// The host's key repeat is left out: a PS/2 keyboard repeats by itself.
void Desktop::handle_key(const SDL_KeyboardEvent& event) {
    if (event.repeat || handle_shortcut(event)) return;
    if (const auto key = key_of_scancode(event.keysym.scancode)) send_key(*key, event.type == SDL_KEYDOWN);
}

/// Ctrl-Alt-G lets go of the mouse, Ctrl-Alt-F fills the screen.
bool Desktop::handle_shortcut(const SDL_KeyboardEvent& event) {
    const bool chord = (event.keysym.mod & KMOD_CTRL) && (event.keysym.mod & KMOD_ALT);
    const SDL_Scancode code = event.keysym.scancode;
    if (!chord || event.type != SDL_KEYDOWN || (code != SDL_SCANCODE_G && code != SDL_SCANCODE_F))
        return false;
    if (code == SDL_SCANCODE_G)
        window_.capture_mouse(!window_.mouse_captured());
    else
        window_.toggle_full_screen();
    release_keys();
    return true;
}

void Desktop::handle_window_event(const SDL_WindowEvent& event) {
    if (event.event == SDL_WINDOWEVENT_FOCUS_LOST) {
        release_keys();
        window_.capture_mouse(false);
    }
    if (event.event == SDL_WINDOWEVENT_EXPOSED) window_.redraw();
}

void Desktop::send_key(Key key, bool pressed) {
    if (pressed)
        pressed_.insert(key);
    else
        pressed_.erase(key);
    machine_.events().post([this, key, pressed] { machine_.board().chips().keyboard.key(key, pressed); });
}

void Desktop::release_keys() {
    while (!pressed_.empty()) send_key(*pressed_.begin(), false);
}

void Desktop::send_motion(int dx, int dy, int wheel) {
    machine_.events().post([this, dx, dy, wheel] { machine_.board().chips().mouse.move(dx, dy, wheel); });
}

void Desktop::send_buttons() {
    const std::uint32_t held = SDL_GetMouseState(nullptr, nullptr);
    std::uint8_t buttons = 0;
    if (held & SDL_BUTTON_LMASK) buttons |= Ps2Mouse::left;
    if (held & SDL_BUTTON_RMASK) buttons |= Ps2Mouse::right;
    if (held & SDL_BUTTON_MMASK) buttons |= Ps2Mouse::middle;
    machine_.events().post([this, buttons] { machine_.board().chips().mouse.set_buttons(buttons); });
}

// A picture that does not change is looked at less and less often, so that an idle guest stays idle.
void Desktop::refresh() {
    if (screen_.take(window_)) next_frame_ = SteadyClock::now() + screen_.interval();
    if (SteadyClock::now() < next_frame_ || ended_) return;
    screen_.request();
}

void Desktop::update_title() {
    if (SteadyClock::now() < next_title_) return;
    next_title_ = SteadyClock::now() + 1s;
    const std::uint64_t instructions = screen_.instructions();
    const std::uint64_t millions = (instructions - titled_instructions_) / 1'000'000;
    titled_instructions_ = instructions;
    const char* hint = window_.mouse_captured() ? " - Ctrl-Alt-G frees the mouse" : "";
    window_.set_title(fmt::format("Calque - {}, {} MIPS{}", screen_.engine(), millions, hint));
}

/// Initializes SDL's video for as long as it lives.
class Video {
public:
    Video() {
        SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
        works_ = SDL_InitSubSystem(SDL_INIT_VIDEO) == 0;
    }
    ~Video() {
        if (works_) SDL_QuitSubSystem(SDL_INIT_VIDEO);
    }
    Video(const Video&) = delete;
    Video& operator=(const Video&) = delete;

    bool works() const { return works_; }
    /// Without a display SDL may come up with a driver that shows nothing.
    bool shows_windows() const {
        const std::string_view driver = works_ ? SDL_GetCurrentVideoDriver() : "";
        return works_ && driver != "offscreen" && driver != "dummy";
    }

private:
    bool works_ = false;
};

}  // namespace

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

RunResult run_in_window(Session& session) {
    const Video video;
    if (!video.works()) throw std::runtime_error(fmt::format("--display sdl: {}", SDL_GetError()));
    return Desktop(session).run();
}

}  // namespace calque
