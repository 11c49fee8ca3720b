// The monitor's commands: one table, which --script, the monitor and gdb's `monitor` go by.
#pragma once

#include "frontend/monitor/words.hpp"
#include "frontend/trace/tracing.hpp"
#include "frontend/transcript.hpp"
#include "machine/machine.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace calque {

/// What was set by number, for `info breakpoints` and `delete`.
struct MonitorPoint {
    std::string text;
    std::function<void()> remove;
};

/// What commands work on. One for all who give commands to a machine.
struct Monitor {
    Machine& machine;
    Transcript& transcript;
    trace::Tracing& tracing;
    std::map<unsigned, MonitorPoint> points = {};
    unsigned last_point = 0;
};

/// A command on its way.
struct MonitorCall {
    Monitor& monitor;
    std::function<void(std::string_view)> say;

    Machine& machine() const { return monitor.machine; }
    Board& board() const { return monitor.machine.board(); }
    Cpu& cpu() const { return board().processor().cpu(); }
};

/// A wait whose time is over.
struct WaitRanOut : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Carries a command out, or a part of it; to be called again, some hundred times a second, until it returns
/// true. Throws std::runtime_error, one line.
using MonitorTask = std::function<bool(MonitorCall&)>;

struct MonitorCommand {
    std::string_view name;
    std::string_view aliases;    ///< with blanks between
    std::string_view arguments;  ///< as help shows them
    std::string_view help;
    MonitorTask (*parse)(Words& words);  ///< throws UsageError
};

/// All of them, by group.
std::span<const MonitorCommand* const> monitor_commands();
/// nullptr: there is none.
const MonitorCommand* find_monitor_command(std::string_view name);
/// A line of a command and its arguments. Throws UsageError.
MonitorTask parse_monitor_line(std::string_view line);
/// The list of commands, or one of them.
std::string monitor_help(std::string_view name = {});
/// What a line that ends at the cursor may go on with: whole words.
std::vector<std::string> complete_monitor_line(std::string_view line);

/// A task that is done at once.
template <typename Work>
MonitorTask at_once(Work work) {
    return [work](MonitorCall& call) {
        work(call);
        return true;
    };
}

// The groups.
std::span<const MonitorCommand> run_commands();
std::span<const MonitorCommand> breakpoint_commands();
std::span<const MonitorCommand> memory_commands();
std::span<const MonitorCommand> info_commands();
std::span<const MonitorCommand> outside_commands();

/// The topics of `info`, for completion.
std::vector<std::string> info_topics();

}  // namespace calque
