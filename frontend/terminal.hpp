// The terminal on standard input, switched to pass every key.
#pragma once

#include <termios.h>

namespace calque {

/// Raw while it lives, if standard input is a terminal at all; output stays as it was.
class RawTerminal {
public:
    RawTerminal();
    ~RawTerminal();
    RawTerminal(const RawTerminal&) = delete;
    RawTerminal& operator=(const RawTerminal&) = delete;

    bool is_terminal() const { return is_terminal_; }

private:
    termios before_{};
    bool is_terminal_;
};

}  // namespace calque
