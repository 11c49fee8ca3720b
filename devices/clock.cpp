// The ordered queue of deadlines.
#include "devices/clock.hpp"

#include <algorithm>

namespace calque {

Timer::Timer(Clock& clock, std::string name, std::function<void()> expired)
    : clock_(clock), name_(std::move(name)), expired_(std::move(expired)) {
    clock_.timers_.push_back(this);
}

Timer::~Timer() {
    std::erase(clock_.timers_, this);
    clock_.deadline_moved();
}

void Timer::arm(Nanoseconds deadline) {
    if (deadline > end_of_time) deadline = never;
    if (deadline == deadline_) return;
    deadline_ = deadline;
    clock_.deadline_moved();
}

// min_element returns the first of equals: the one that was registered first.
Timer* Clock::earliest_timer() const {
    const auto by_deadline = [](const Timer* a, const Timer* b) { return a->deadline_ < b->deadline_; };
    const auto earliest = std::min_element(timers_.begin(), timers_.end(), by_deadline);
    return earliest == timers_.end() || !(*earliest)->armed() ? nullptr : *earliest;
}

std::vector<std::pair<std::string, Nanoseconds>> Clock::deadlines() const {
    std::vector<std::pair<std::string, Nanoseconds>> all;
    all.reserve(timers_.size());
    for (const Timer* timer : timers_) all.emplace_back(timer->name_, timer->deadline_);
    return all;
}

void Clock::deadline_moved() {
    if (running_) return;
    const Timer* timer = earliest_timer();
    const Nanoseconds earliest = timer ? timer->deadline_ : never;
    if (earliest == earliest_) return;
    earliest_ = earliest;
    if (deadline_changed_) deadline_changed_();
}

// `now` is taken once, so that a timer that re-arms itself cannot keep the loop going on a host clock.
void Clock::run_expired() {
    const Nanoseconds now = source_.now();
    running_ = true;
    for (Timer* timer = earliest_timer(); timer && timer->deadline_ <= now; timer = earliest_timer()) {
        timer->deadline_ = never;
        timer->expired_();
    }
    running_ = false;
    deadline_moved();
}

}  // namespace calque
