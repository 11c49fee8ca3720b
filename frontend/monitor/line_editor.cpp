// libedit, by its readline interface, which knows one terminal.
#include "frontend/monitor/line_editor.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <editline/readline.h>
#include <utility>

namespace calque {
namespace {

struct Terminal {
    std::function<void(std::optional<std::string>)> entered;
    std::function<std::vector<std::string>(std::string_view)> complete;
    std::string prompt;
    std::vector<std::string> candidates;
    std::size_t next = 0;
    enum class Came : std::uint8_t { nothing, line, end } came = Came::nothing;
    std::string line;
};
Terminal terminal;

void line_entered(char* text) {
    terminal.came = text ? Terminal::Came::line : Terminal::Came::end;
    if (!text) return;
    terminal.line = text;
    if (*text) add_history(text);
    std::free(text);
}

char* next_candidate(const char*, int state) {
    if (state == 0) terminal.next = 0;
    if (terminal.next == terminal.candidates.size()) return nullptr;
    return strdup(terminal.candidates[terminal.next++].c_str());
}

char** complete_word(const char* text, int, int end) {
    terminal.candidates =
        terminal.complete(std::string_view(rl_line_buffer).substr(0, static_cast<std::size_t>(end)));
    rl_attempted_completion_over = 1;
    return rl_completion_matches(text, next_candidate);
}

}  // namespace

bool LineEditor::available() { return true; }

LineEditor::LineEditor(std::string prompt, std::function<void(std::optional<std::string>)> entered,
                       std::function<std::vector<std::string>(std::string_view)> complete) {
    terminal.prompt = std::move(prompt);
    terminal.entered = std::move(entered);
    terminal.complete = std::move(complete);
    rl_readline_name = const_cast<char*>("calque");
    rl_attempted_completion_function = complete_word;
    rl_callback_handler_install(terminal.prompt.c_str(), line_entered);
}

LineEditor::~LineEditor() { rl_callback_handler_remove(); }

/// libedit shows the next prompt before it hands a line over, and leaves the terminal to the kernel's line
/// discipline then: what is said to the line takes the prompt's place, and the editor begins anew.
void LineEditor::readable() {
    rl_callback_read_char();
    const auto came = std::exchange(terminal.came, Terminal::Came::nothing);
    if (came == Terminal::Came::nothing) return;
    clear();
    if (came == Terminal::Came::end) return terminal.entered(std::nullopt);
    terminal.entered(std::exchange(terminal.line, {}));
    rl_callback_handler_install(terminal.prompt.c_str(), line_entered);
}

void LineEditor::clear() {
    std::fputs("\r\x1b[K", stdout);
    std::fflush(stdout);
}

void LineEditor::redraw() {
    clear();
    rl_forced_update_display();
}

}  // namespace calque
