// A script of monitor commands: what to wait for, type, put into drives and photograph.
#pragma once

#include "devices/clock.hpp"
#include "devices/keys.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace calque {

namespace script {
struct WaitText {
    std::string text;
    Nanoseconds limit;
};
struct WaitGraphics {
    Nanoseconds limit;
};
struct Wait {
    Nanoseconds time;
};
struct Type {
    std::string text;
};
struct Press {
    std::vector<Key> keys;
    Nanoseconds held;
};
struct MoveMouse {
    int dx, dy;
    std::uint8_t buttons;
};
struct Change {
    std::string drive, path;
    bool force;
};
struct Eject {
    std::string drive;
    bool force;
};
struct Screenshot {
    std::string path;
};
/// An empty path ends the trace.
struct Trace {
    std::string path;
};
struct Save {
    std::string path;
};
struct Load {
    std::string path;
};
struct Quit {};

using Action = std::variant<WaitText, WaitGraphics, Wait, Type, Press, MoveMouse, Change, Eject, Screenshot,
                            Trace, Save, Load, Quit>;
struct Line {
    unsigned number;
    Action action;
};
}  // namespace script

/// One line; throws UsageError. Text in quotes takes \n, \t, \" and \\.
script::Action parse_script_line(std::string_view line);

/// A whole script without its empty lines and those that start with #. Throws UsageError with file and line.
std::vector<script::Line> read_script(const std::string& path);

}  // namespace calque
