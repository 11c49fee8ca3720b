// The window, in builds that have one.
#pragma once

#include "machine/machine.hpp"

#include <string>
#include <vector>

namespace calque {

class Session;

/// "sdl" where the build has it, and "none".
std::vector<std::string> display_names();

/// `wanted`, or if it is empty "sdl" where there is a display to open a window on. Throws UsageError if "sdl"
/// is wanted where there is none.
std::string choose_display(const std::string& wanted);

/// "smooth" and "integer", if the build has a window.
std::vector<std::string> scaling_names();

/// Runs the session's machine in a window. Throws std::runtime_error if it cannot be opened.
RunResult run_in_window(Session& session, const std::string& scaling);

}  // namespace calque
