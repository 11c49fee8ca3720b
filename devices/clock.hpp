// Guest time and the ordered queue of deadlines that every device shares.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace calque {

/// Guest time since power-on.
using Nanoseconds = std::int64_t;
inline constexpr Nanoseconds never = std::numeric_limits<Nanoseconds>::max();
/// Nothing is due later than this, after 146 years: so sums of a time and a delay are times.
inline constexpr Nanoseconds end_of_time = never / 2;
inline constexpr Nanoseconds nanoseconds_per_second = 1'000'000'000;

/// Where guest time comes from: retired instructions or the host's clock. The board provides it.
class TimeSource {
public:
    virtual ~TimeSource() = default;
    virtual Nanoseconds now() = 0;
};

class Clock;

/// A deadline of one device. Registers itself with the clock for its lifetime.
class Timer {
public:
    Timer(Clock& clock, std::string name, std::function<void()> expired);
    ~Timer();
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    /// Expires once, at guest time `deadline` (in the past: as soon as the machine looks; behind the end of
    /// time: never).
    void arm(Nanoseconds deadline);
    void disarm() { arm(never); }
    Nanoseconds deadline() const { return deadline_; }
    bool armed() const { return deadline_ != never; }
    const std::string& name() const { return name_; }

private:
    friend class Clock;
    Clock& clock_;
    std::string name_;
    std::function<void()> expired_;
    Nanoseconds deadline_ = never;
};

/// The one clock of a machine. Ties are broken by the order in which timers were registered, so that a
/// run is reproducible.
class Clock {
public:
    explicit Clock(TimeSource& source) : source_(source) {}

    Nanoseconds now() { return source_.now(); }
    /// The earliest deadline, `never` if no timer is armed.
    Nanoseconds next_deadline() const { return earliest_; }
    /// Of all timers, by name, in the order of registration.
    std::vector<std::pair<std::string, Nanoseconds>> deadlines() const;
    /// Runs every timer whose deadline is at or before now(), in order.
    void run_expired();
    /// Called when the earliest deadline changed.
    void on_deadline_change(std::function<void()> callback) { deadline_changed_ = std::move(callback); }

private:
    friend class Timer;
    Timer* earliest_timer() const;
    void deadline_moved();

    TimeSource& source_;
    std::vector<Timer*> timers_;    ///< in the order of registration
    Nanoseconds earliest_ = never;  ///< as last told
    bool running_ = false;          ///< inside run_expired: tell once, at its end
    std::function<void()> deadline_changed_;
};

}  // namespace calque
