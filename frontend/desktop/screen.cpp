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
    const Vga& vga = board.chips().vga;
    board.chips().vga.render(scratch_);
    {
        const std::scoped_lock lock(mutex_);
        changed_ = scratch_.width != picture_.width || scratch_.pixels != picture_.pixels;
        std::swap(picture_, scratch_);
        square_pixels_ = vga.square_pixels();
        progress_ = {board.processor().cpu().state.instructions, board.clock().now(),
                     std::chrono::steady_clock::now(), std::string(board.processor().engine().name())};
    }
    drawn_ = true;
    told_();
}

bool Screen::take(Window& window) {
    using namespace std::chrono_literals;
    if (!drawn_.exchange(false)) return false;
    {
        const std::scoped_lock lock(mutex_);
        if (changed_) window.show(picture_, square_pixels_);
        interval_ = changed_ ? 16ms : std::min(interval_ * 2, 128ms);
    }
    requested_ = false;
    return true;
}

Screen::Progress Screen::progress() const {
    const std::scoped_lock lock(mutex_);
    return progress_;
}

}  // namespace calque
