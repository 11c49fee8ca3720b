// The real-time clock.
#include "machine/host_time.hpp"

namespace calque {

namespace {

constexpr Nanoseconds longest_real_run = 500'000;
constexpr std::uint64_t shortest_real_run = 500;

}  // namespace

Nanoseconds steady_host_time() {
    const auto time = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
}

HostTime::HostTime(const Cpu& cpu, HostClock host_clock) : cpu_(cpu), host_clock_(host_clock) { set_now(0); }

void HostTime::set_now(Nanoseconds time) {
    guest_now_ = time;
    looked_at_ = host_clock_();
    behind_ = 0;
}

void HostTime::hold(bool held) {
    now();
    if (held_ && !held) looked_at_ = host_clock_();
    held_ = held;
}

Nanoseconds HostTime::now() {
    if (held_) return guest_now_;
    const Nanoseconds host = host_clock_(), elapsed = host - looked_at_;
    const Nanoseconds step = std::min(elapsed, catching_up::longest_step);
    looked_at_ = host;
    guest_now_ += step;
    behind_ += elapsed - step;
    if (behind_) {
        const Nanoseconds room = std::max<Nanoseconds>(next_deadline_ - guest_now_, 0);
        const Nanoseconds repaid = std::min(catching_up::repayment(behind_, elapsed), room);
        guest_now_ += repaid;
        behind_ -= repaid;
    }
    return guest_now_;
}

std::uint64_t HostTime::run_until(Nanoseconds deadline) {
    next_deadline_ = deadline;
    const Nanoseconds guest = now();
    run_started_ = looked_at_;
    run_started_count_ = cpu_.retired();
    const Nanoseconds rest = deadline == never ? longest_real_run : deadline - guest;
    const auto slice = static_cast<std::uint64_t>(
        std::clamp<Nanoseconds>(behind_ ? rest / catching_up::speed : rest, 0, longest_real_run));
    return run_started_count_ + std::max(slice * instructions_per_microsecond_ / 1000, shortest_real_run);
}

void HostTime::ran(HostEvents& /*events*/) {
    const std::uint64_t count = cpu_.retired() - run_started_count_;
    const auto time = static_cast<std::uint64_t>(host_clock_() - run_started_);
    if (count < shortest_real_run || time == 0) return;
    const std::uint64_t measured = count * 1000 / time;
    instructions_per_microsecond_ =
        std::clamp<std::uint64_t>((3 * instructions_per_microsecond_ + measured) / 4, 1, 10'000);
}

/// True if guest time moved: an idle guest has nothing to do with the time that it missed.
bool HostTime::make_up_until(Nanoseconds deadline) {
    next_deadline_ = deadline;
    const Nanoseconds rest = deadline == never ? behind_ : deadline - now();
    const Nanoseconds made_up = std::min(behind_, std::max<Nanoseconds>(rest, 0));
    guest_now_ += made_up;
    behind_ -= made_up;
    return made_up > 0;
}

// A sleep is no absence, as long as it lasts no longer than wanted.
void HostTime::idle_until(Nanoseconds deadline, HostEvents& events, std::chrono::nanoseconds host_limit) {
    if (make_up_until(deadline)) return events.poll();
    const auto wanted = deadline == never ? host_limit : shorter(deadline - now(), host_limit);
    now();
    events.wait(wanted);
    const Nanoseconds slept =
        std::clamp<Nanoseconds>(host_clock_() - looked_at_, 0, std::max<Nanoseconds>(wanted.count(), 0));
    looked_at_ += slept;
    guest_now_ += slept;
}

}  // namespace calque
