// Carries out a script beside a running machine.
#pragma once

#include "frontend/host_file.hpp"
#include "frontend/monitor/command.hpp"

#include <string>
#include <vector>

namespace calque {

/// A line of a script that was understood.
struct ScriptLine {
    unsigned number;
    MonitorTask task;
};

/// A whole script without its empty lines and those that start with #. Throws UsageError with file and line.
std::vector<ScriptLine> read_script(const std::string& path);

/// Looks a hundred times a second whether it can go on. A wait that runs out ends the run with status 6, what
/// else fails with status 2.
class ScriptRunner {
public:
    ScriptRunner(const std::string& path, Monitor& monitor);
    ~ScriptRunner();
    ScriptRunner(const ScriptRunner&) = delete;
    ScriptRunner& operator=(const ScriptRunner&) = delete;

private:
    void tick();
    /// True once the present line is done.
    bool advance();
    void give_up(const std::string& why, int status);

    std::string path_;
    std::vector<ScriptLine> lines_;
    MonitorCall call_;
    HostFile timer_;
    std::size_t line_ = 0;
};

}  // namespace calque
