// Builds without a window.
#include "frontend/desktop/desktop.hpp"
#include "frontend/session.hpp"

namespace calque {

std::vector<std::string> display_names() { return {"none"}; }

std::string choose_display(const std::string&) { return "none"; }

RunResult run_in_window(Session& session) { return session.run(); }

}  // namespace calque
