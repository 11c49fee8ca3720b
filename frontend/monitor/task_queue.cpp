// Commands that are entered while the machine runs.
#include "frontend/monitor/task_queue.hpp"

#include "frontend/monitor/timer.hpp"

#include <utility>

namespace calque {

TaskQueue::TaskQueue(Monitor& monitor, std::function<void(std::string_view)> say,
                     std::function<void(std::string_view)> failed, std::function<void()> done)
    : events_(monitor.machine.events()),
      call_{monitor, std::move(say)},
      failed_(std::move(failed)),
      done_(std::move(done)),
      timer_(hundred_times_a_second()) {
    events_.watch(timer_.descriptor(), [this] { tick(); });
    events_.pause(timer_.descriptor(), true);
}

TaskQueue::~TaskQueue() { events_.unwatch(timer_.descriptor()); }

void TaskQueue::tick() {
    if (drain_timer(timer_)) go_on();
}

void TaskQueue::add(const std::string& line) {
    lines_.push_back(line);
    if (!task_) go_on();
}

void TaskQueue::clear() {
    lines_.clear();
    task_ = {};
    events_.pause(timer_.descriptor(), true);
}

void TaskQueue::go_on() {
    while (!idle() && advance()) {
    }
    events_.pause(timer_.descriptor(), idle());
}

/// False: it waits.
bool TaskQueue::advance() {
    try {
        if (!task_) {
            const std::string line = std::exchange(lines_.front(), {});
            lines_.pop_front();
            if (line.find_first_not_of(" \t\r") != std::string::npos) task_ = parse_monitor_line(line);
        }
        if (task_ && !task_(call_)) return false;
    } catch (const std::runtime_error& error) {
        failed_(error.what());
    }
    task_ = {};
    done_();
    return true;
}

}  // namespace calque
