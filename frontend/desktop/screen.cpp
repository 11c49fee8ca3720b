// The guest's screen on its way to the window.
#include "frontend/desktop/screen.hpp"

#include "frontend/desktop/window.hpp"

#include <algorithm>

namespace calque {

void Screen::request() {
    if (!requested_.exchange(true)) machine_.events().post([this] { draw(); });
}

void Screen::draw() {
    Board& board = machine_.board();
    board.chips().vga.render(scratch_);
    const std::scoped_lock lock(mutex_);
    changed_ = scratch_.width != picture_.width || scratch_.pixels != picture_.pixels;
    std::swap(picture_, scratch_);
    engine_ = board.processor().engine().name();
    instructions_ = board.processor().cpu().state.instructions;
    drawn_ = true;
}

bool Screen::take(Window& window) {
    using namespace std::chrono_literals;
    if (!drawn_.exchange(false)) return false;
    {
        const std::scoped_lock lock(mutex_);
        if (changed_) window.show(picture_);
        interval_ = changed_ ? 16ms : std::min(interval_ * 2, 128ms);
    }
    requested_ = false;
    return true;
}

std::string Screen::engine() const {
    const std::scoped_lock lock(mutex_);
    return engine_;
}

}  // namespace calque
