// Builds without a window.
#include "frontend/desktop/desktop.hpp"
#include "frontend/session.hpp"
#include "frontend/sound.hpp"

namespace calque {

std::vector<std::string> display_names() { return {"none"}; }

std::string choose_display(const std::string&) { return "none"; }

std::vector<std::string> scaling_names() { return {}; }

RunResult run_in_window(Session& session, const std::string&) { return session.run(); }

std::vector<std::string> sound_names() { return {"file:F", "none"}; }

std::unique_ptr<SoundDevice> open_sound_device(SoundRing&, std::int64_t) { return nullptr; }

}  // namespace calque
