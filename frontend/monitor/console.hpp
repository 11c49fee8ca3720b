// Where people type monitor commands: a terminal, a pipe, a Unix socket, a TCP port.
#pragma once

#include "frontend/debugger/listener.hpp"
#include "frontend/monitor/line_editor.hpp"
#include "frontend/monitor/task_queue.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace calque {

/// Throws UsageError unless `where` is stdio, unix:F or tcp:[HOST:]PORT.
void check_monitor_place(std::string_view where);

class MonitorConsole {
public:
    /// Throws UsageError that names the place.
    MonitorConsole(Monitor& monitor, const std::string& where);
    ~MonitorConsole();
    MonitorConsole(const MonitorConsole&) = delete;
    MonitorConsole& operator=(const MonitorConsole&) = delete;

private:
    void open_socket(HostFile listener);
    void open_terminal();
    void terminal_readable();
    void take(std::string_view text);
    void enter(const std::string& line);
    void say(std::string_view text);
    void prompt();
    /// The machine came to stand still.
    void stopped(const DebugStop& why);

    Monitor& monitor_;
    HostEvents& events_;
    std::optional<PeerSocket> socket_;
    std::optional<LineEditor> editor_;
    bool has_terminal_ = false;
    bool entering_ = false;  ///< what is said comes before the editor shows its prompt again
    std::string partial_;    ///< a line whose end has not come
    TaskQueue tasks_;
};

/// Why the machine stands still and where, in two lines.
std::string stop_text(Board& board, const DebugStop& why);

/// Carries out what is done at once and returns what it says; for gdb's `monitor`.
std::string run_monitor_line(Monitor& monitor, const std::string& line);

}  // namespace calque
