// Commands one after the other, some of which wait.
#pragma once

#include "frontend/host_file.hpp"
#include "frontend/monitor/command.hpp"

#include <deque>
#include <functional>
#include <string>

namespace calque {

/// Looks a hundred times a second whether the command that waits can go on.
class TaskQueue {
public:
    /// `failed` gets a line; `done` is called behind each command.
    TaskQueue(Monitor& monitor, std::function<void(std::string_view)> say,
              std::function<void(std::string_view)> failed, std::function<void()> done);
    ~TaskQueue();
    TaskQueue(const TaskQueue&) = delete;
    TaskQueue& operator=(const TaskQueue&) = delete;

    void add(const std::string& line);
    bool idle() const { return lines_.empty() && !task_; }
    void clear();

private:
    void tick();
    void go_on();
    bool advance();

    HostEvents& events_;
    MonitorCall call_;
    std::function<void(std::string_view)> failed_;
    std::function<void()> done_;
    HostFile timer_;
    std::deque<std::string> lines_;
    MonitorTask task_;
};

}  // namespace calque
