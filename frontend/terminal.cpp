// The terminal on standard input, switched to pass every key.
#include "frontend/terminal.hpp"

#include <unistd.h>

namespace calque {

RawTerminal::RawTerminal() : is_terminal_(tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!is_terminal_) return;
    termios raw = before_;
    cfmakeraw(&raw);
    raw.c_oflag = before_.c_oflag;
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

RawTerminal::~RawTerminal() {
    if (is_terminal_) tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
}

}  // namespace calque
