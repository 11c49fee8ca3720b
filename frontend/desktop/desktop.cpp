// The machine in a window: the window on the main thread, the machine on one of its own.
#include "frontend/desktop/desktop.hpp"

#include "devices/bits.hpp"
#include "frontend/desktop/controls.hpp"
#include "frontend/desktop/keyboard_map.hpp"
#include "frontend/desktop/screen.hpp"
#include "frontend/desktop/shortcuts.hpp"
#include "frontend/desktop/video.hpp"
#include "frontend/desktop/window.hpp"
#include "frontend/session.hpp"

#include <SDL.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <thread>
#include <utility>

namespace calque {

namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

std::uint8_t button_of(std::uint8_t number) {
    switch (number) {
        case SDL_BUTTON_LEFT: return Ps2Mouse::left;
        case SDL_BUTTON_RIGHT: return Ps2Mouse::right;
        case SDL_BUTTON_MIDDLE: return Ps2Mouse::middle;
        case SDL_BUTTON_X1: return Ps2Mouse::fourth;
        case SDL_BUTTON_X2: return Ps2Mouse::fifth;
        default: return 0;
    }
}

class Desktop {
public:
    Desktop(Session& session, Scaling scaling)
        : session_(session),
          screen_(session.machine(), [this] { wake(); }),
          controls_(session.machine()),
          window_("Calque", scaling),
          wake_event_(SDL_RegisterEvents(1)) {}

    RunResult run();

private:
    void run_machine();
    void wake();
    int milliseconds_to_wait() const;
    void handle(const SDL_Event& event);
    void handle_key(const SDL_KeyboardEvent& event);
    void handle_mouse_button(const SDL_MouseButtonEvent& event);
    void capture_mouse(bool captured);
    void handle_window_event(const SDL_WindowEvent& event);
    void handle_drop(const SDL_DropEvent& event);
    bool handle_shortcut(const SDL_KeyboardEvent& event);
    void carry_out(Shortcut shortcut);
    void paste();
    void refresh();
    void update_title();
    std::string speed();

    Session& session_;
    Screen screen_;
    Controls controls_;
    Window window_;
    Uint32 wake_event_;
    RunResult result_;
    std::exception_ptr error_;
    std::atomic<bool> ended_ = false;
    SteadyClock::time_point next_frame_, next_title_, notice_until_;
    Screen::Progress told_;
    std::string notice_;
    std::uint8_t buttons_ = 0;  ///< of the mouse, that are down
};

RunResult Desktop::run() {
    std::thread machine_thread([this] { run_machine(); });
    while (!ended_) {
        SDL_Event event;
        if (SDL_WaitEventTimeout(&event, milliseconds_to_wait())) handle(event);
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
    wake();
}

// From the machine's thread: there is something to look at.
void Desktop::wake() {
    SDL_Event event{};
    event.type = wake_event_;
    SDL_PushEvent(&event);
}

int Desktop::milliseconds_to_wait() const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_frame_ - SteadyClock::now());
    return static_cast<int>(std::clamp<std::chrono::milliseconds>(left, 1ms, 1000ms).count());
}

void Desktop::handle(const SDL_Event& event) {
    switch (event.type) {
        case SDL_QUIT: controls_.quit(); break;
        case SDL_KEYDOWN:
        case SDL_KEYUP: handle_key(event.key); break;
        case SDL_WINDOWEVENT: handle_window_event(event.window); break;
        case SDL_DROPFILE: handle_drop(event.drop); break;
        case SDL_MOUSEMOTION:
            if (window_.mouse_captured()) controls_.move_mouse(event.motion.xrel, event.motion.yrel, 0);
            break;
        case SDL_MOUSEWHEEL:
            if (window_.mouse_captured()) controls_.move_mouse(0, 0, -event.wheel.y);
            break;
        case SDL_MOUSEBUTTONDOWN:
        case SDL_MOUSEBUTTONUP: handle_mouse_button(event.button); break;
        default: break;
    }
}

// The host's key repeat is left out: a PS/2 keyboard repeats by itself.
void Desktop::handle_key(const SDL_KeyboardEvent& event) {
    if (event.repeat || handle_shortcut(event)) return;
    if (const auto key = key_of_scancode(event.keysym.scancode))
        controls_.key(*key, event.type == SDL_KEYDOWN);
}

// Ctrl and Alt have gone to the guest already and are taken back.
bool Desktop::handle_shortcut(const SDL_KeyboardEvent& event) {
    const bool chord = (event.keysym.mod & KMOD_CTRL) && (event.keysym.mod & KMOD_ALT);
    const auto shortcut = shortcut_of(event.keysym.scancode);
    if (!chord || !shortcut || event.type != SDL_KEYDOWN) return false;
    controls_.release_keys();
    carry_out(*shortcut);
    return true;
}

void Desktop::carry_out(Shortcut shortcut) {
    switch (shortcut) {
        case Shortcut::full_screen: return window_.toggle_full_screen();
        case Shortcut::mouse: return capture_mouse(!window_.mouse_captured());
        case Shortcut::scaling: return window_.toggle_scaling();
        case Shortcut::paste: return paste();
        case Shortcut::screenshot: return controls_.screenshot();
        case Shortcut::reset: return controls_.reset();
        case Shortcut::power_button: return controls_.press_power_button();
        case Shortcut::eject_cdrom: return controls_.eject("cdrom");
        case Shortcut::eject_floppy: return controls_.eject("fda");
        case Shortcut::ctrl_alt_delete: return controls_.press({Key::left_ctrl, Key::left_alt, Key::del});
        case Shortcut::help: break;
    }
    capture_mouse(false);
    SDL_ShowSimpleMessageBox(SDL_MESSAGEBOX_INFORMATION, "Calque", shortcut_help().c_str(), nullptr);
}

void Desktop::paste() {
    const std::unique_ptr<char, decltype(&SDL_free)> text(SDL_GetClipboardText(), SDL_free);
    if (text) controls_.type(text.get());
}

void Desktop::handle_drop(const SDL_DropEvent& event) {
    const std::unique_ptr<char, decltype(&SDL_free)> path(event.file, SDL_free);
    if (path) controls_.insert(path.get());
}

// The click that catches the mouse is not the guest's. Each event counts, not the state now: a press and its
// release may come together.
void Desktop::handle_mouse_button(const SDL_MouseButtonEvent& event) {
    const bool pressed = event.type == SDL_MOUSEBUTTONDOWN;
    if (!window_.mouse_captured()) {
        if (pressed) capture_mouse(true);
        return;
    }
    const std::uint8_t button = button_of(event.button);
    buttons_ = merge(buttons_, pressed ? button : 0, button);
    controls_.set_mouse_buttons(buttons_);
}

/// A mouse that is let go lets go of its buttons.
void Desktop::capture_mouse(bool captured) {
    if (!captured) controls_.set_mouse_buttons(buttons_ = 0);
    window_.capture_mouse(captured);
}

void Desktop::handle_window_event(const SDL_WindowEvent& event) {
    if (event.event == SDL_WINDOWEVENT_FOCUS_LOST) {
        controls_.release_keys();
        capture_mouse(false);
    }
    if (event.event == SDL_WINDOWEVENT_EXPOSED || event.event == SDL_WINDOWEVENT_SIZE_CHANGED)
        window_.redraw();
}

// A picture that does not change is looked at less and less often, so that an idle guest stays idle.
void Desktop::refresh() {
    const auto now = SteadyClock::now();
    if (screen_.take(window_)) next_frame_ = now + screen_.interval();
    if (now < next_frame_ || ended_) return;
    next_frame_ = now + 128ms;  // unless the machine answers before
    screen_.request();
    controls_.go_on_typing();
}

void Desktop::update_title() {
    const auto now = SteadyClock::now();
    if (std::string notice = controls_.take_notice(); !notice.empty()) {
        notice_ = std::move(notice);
        notice_until_ = now + 5s;
        next_title_ = now;
    }
    if (now < next_title_) return;
    next_title_ = now + 1s;
    const char* hint = window_.mouse_captured() ? "Ctrl-Alt-G frees the mouse" : "Ctrl-Alt-H lists the keys";
    const std::string end = now < notice_until_ ? notice_ : hint;
    window_.set_title(fmt::format("Calque - {} - {}", speed(), end));
}

/// Engine, instructions a second, and how fast the guest's clock goes.
std::string Desktop::speed() {
    const Screen::Progress progress = screen_.progress();
    const double seconds = std::max(std::chrono::duration<double>(progress.at - told_.at).count(), 1e-3);
    const double millions = static_cast<double>(progress.instructions - told_.instructions) / 1e6 / seconds;
    const double percent = static_cast<double>(progress.time - told_.time) / 1e7 / seconds;
    told_ = progress;
    return fmt::format("{}, {:.0f} MIPS, {:.0f} %", progress.engine, millions, percent);
}

}  // namespace

RunResult run_in_window(Session& session, const std::string& scaling) {
    const Video video;
    if (!video.works()) throw std::runtime_error(fmt::format("--display sdl: {}", SDL_GetError()));
    return Desktop(session, parse_scaling(scaling)).run();
}

}  // namespace calque
