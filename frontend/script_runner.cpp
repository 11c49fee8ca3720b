// Carries out a script beside a running machine.
#include "frontend/script_runner.hpp"

#include "frontend/command_line.hpp"
#include "frontend/screenshot.hpp"
#include "machine/saved_state_file.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <stdexcept>
#include <sys/timerfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace calque {

ScriptRunner::ScriptRunner(const std::string& path, Machine& machine, Transcript& transcript,
                           trace::Tracing& tracing)
    : path_(path),
      lines_(read_script(path)),
      machine_(machine),
      transcript_(transcript),
      tracing_(tracing),
      timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)),
      typist_([&](const KeyChord& chord) { return machine.inputs().type(chord); }),
      line_began_(std::chrono::steady_clock::now()) {
    constexpr long period = 10'000'000;
    const itimerspec every{{0, period}, {0, period}};
    if (timerfd_settime(timer_.descriptor(), 0, &every, nullptr))
        throw std::system_error(errno, std::generic_category(), "timerfd");
    machine_.events().watch(timer_.descriptor(), [this] { tick(); });
}

ScriptRunner::~ScriptRunner() { machine_.events().unwatch(timer_.descriptor()); }

void ScriptRunner::tick() {
    std::uint64_t count = 0;
    if (read(timer_.descriptor(), &count, sizeof count) < 0) return;
    while (line_ < lines_.size() && advance()) {
        ++line_;
        typing_ = false;
        pressed_ = false;
        errand_ = Errand::none;
        line_began_ = std::chrono::steady_clock::now();
    }
    if (line_ == lines_.size()) machine_.events().unwatch(timer_.descriptor());
}

bool ScriptRunner::advance() {
    return std::visit([this](const auto& action) { return run(action); }, lines_[line_].action);
}

bool ScriptRunner::late(Nanoseconds limit) const {
    return std::chrono::steady_clock::now() - line_began_ >= std::chrono::nanoseconds{limit};
}

void ScriptRunner::give_up(const std::string& waited_for) {
    fmt::print(stderr, "calque: {}:{}: {} did not come in time\n", path_, lines_[line_].number, waited_for);
    machine_.finish({RunEnd::quit, exit_status::wait_ran_out});
}

bool ScriptRunner::run(const script::WaitText& action) {
    for (const std::string& row : machine_.board().chips().vga.text_screen()) {
        if (row.find(action.text) != std::string::npos) return true;
    }
    if (transcript_.find(action.text)) return true;
    if (late(action.limit)) give_up(fmt::format("\"{}\"", action.text));
    return false;
}

bool ScriptRunner::run(const script::WaitGraphics& action) {
    if (machine_.board().chips().vga.graphics_mode()) return true;
    if (late(action.limit)) give_up("a graphics mode");
    return false;
}

bool ScriptRunner::run(const script::Wait& action) { return late(action.time); }

// The keyboard takes only so much at a time.
bool ScriptRunner::run(const script::Type& action) {
    if (!std::exchange(typing_, true)) typist_.add(action.text);
    return typist_.go_on();
}

bool ScriptRunner::run(const script::Press& action) {
    GuestInputs& inputs = machine_.inputs();
    if (!std::exchange(pressed_, true)) {
        for (const Key key : action.keys) inputs.key(key, true);
    }
    if (!late(action.held)) return false;
    for (auto key = action.keys.rbegin(); key != action.keys.rend(); ++key) inputs.key(*key, false);
    return true;
}

bool ScriptRunner::run(const script::MoveMouse& action) {
    machine_.inputs().move_mouse(action.dx, action.dy);
    machine_.inputs().set_mouse_buttons(action.buttons);
    return true;
}

template <typename Work>
bool ScriptRunner::attempt(Work work) {
    try {
        work();
        return true;
    } catch (const std::runtime_error& error) {
        fmt::print(stderr, "calque: {}:{}: {}\n", path_, lines_[line_].number, error.what());
        machine_.finish({RunEnd::quit, exit_status::usage});
        return false;
    }
}

bool ScriptRunner::at_border(std::function<void()> work) {
    if (errand_ == Errand::none) {
        errand_ = Errand::waits;
        machine_.at_next_border([this, work = std::move(work)] {
            if (attempt(work)) errand_ = Errand::done;
        });
    }
    return errand_ == Errand::done;
}

bool ScriptRunner::run(const script::Change& action) {
    return at_border([this, action] {
        machine_.inputs().change(action.drive, action.path,
                                 action.force ? Drives::Tray::force : Drives::Tray::respect_lock);
    });
}

bool ScriptRunner::run(const script::Eject& action) {
    return at_border([this, action] {
        machine_.inputs().eject(action.drive,
                                action.force ? Drives::Tray::force : Drives::Tray::respect_lock);
    });
}

bool ScriptRunner::run(const script::Screenshot& action) {
    Framebuffer picture;
    machine_.board().chips().vga.render(picture);
    write_png(picture, action.path);
    return true;
}

bool ScriptRunner::run(const script::Trace& action) {
    return attempt([&] {
        if (action.path.empty())
            tracing_.stop();
        else
            tracing_.start({.path = action.path});
    });
}

bool ScriptRunner::run(const script::Save& action) {
    return at_border([this, path = action.path] { write_state_file(save_state(machine_.board()), path); });
}

bool ScriptRunner::run(const script::Load& action) {
    return at_border([this, path = action.path] { machine_.load(read_state_file(path)); });
}

bool ScriptRunner::run(const script::Quit&) {
    machine_.finish({RunEnd::quit});
    return false;
}

}  // namespace calque
