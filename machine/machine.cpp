// The loop around the processor: deadlines, host events, limits, resets.
#include "machine/machine.hpp"

#include "devices/rate.hpp"

#include <algorithm>
#include <utility>

namespace calque {

namespace {

/// How long a halted machine sleeps before limits are looked at again.
constexpr std::chrono::nanoseconds longest_sleep = std::chrono::seconds{1};

}  // namespace

Machine::Machine(const MachineConfig& config)
    : no_reboot_(config.no_reboot), board_(config), debugger_(board_) {
    board_.chips().exit_port.on_exit([this](std::uint8_t value) { finish({RunEnd::exit_port, value}); });
}

void Machine::set_engine(std::unique_ptr<Engine> engine) {
    board_.processor().use_engine(engine.get());
    engine_ = std::move(engine);
}

void Machine::finish(RunResult result) {
    if (!result_) result_ = result;
    board_.ask(Board::Request::none);
}

void Machine::at_next_border(std::function<void()> action) {
    border_actions_.push_back(std::move(action));
    board_.ask(Board::Request::none);
}

void Machine::run_border_actions() {
    for (const auto& action : std::exchange(border_actions_, {})) action();
}

RunResult Machine::run(const RunLimits& limits) {
    host_deadline_ = HostTimePoint::max();
    if (limits.time) host_deadline_ = std::chrono::steady_clock::now() + *limits.time;
    begin_counts(limits);
    result_.reset();
    looked_at_host_ = {};
    while (!result_) {
        if (debugger_.stopped()) stand_still(limits);
        board_.clock().run_expired();
        look_at_host();
        run_border_actions();
        if (counts_changed_) begin_counts(limits);
        if (visit_) next_visit_ = visit_();
        carry_out_requests();
        check_limits(limits);
        if (!result_ && !debugger_.stopped()) run_slice(limits);
    }
    run_border_actions();
    return *result_;
}

/// Which takes the host some microseconds: not again right after a sleep, or where a busy device ends runs.
void Machine::look_at_host() {
    constexpr std::chrono::microseconds soon{100};
    if (!events_.has_messages() && std::chrono::steady_clock::now() - looked_at_host_ < soon) return;
    events_.poll();
    looked_at_host_ = std::chrono::steady_clock::now();
}

void Machine::begin_counts(const RunLimits& limits) {
    counts_changed_ = false;
    next_checkpoint_ = next_multiple(instructions(), limits.checkpoint_interval);
    next_sample_ = limits.sample ? limits.sample() : RunLimits::no_limit;
}

void Machine::load(const SavedState& state) {
    load_state(board_, state);
    counts_changed_ = true;
    Chips& chips = board_.chips();
    if (NetworkCard* card = chips.network_card()) card->set_link(card->plugged());
    for (const auto& callback : loaded_) callback();
    for (Uart16550* uart : {&chips.com1, &chips.com2}) uart->offer_room();
}

void Machine::begin_repeating() {
    result_before_ = std::exchange(result_, std::nullopt);
    repeating_ = true;
}

void Machine::end_repeating() {
    repeating_ = false;
    result_ = result_before_;
    counts_changed_ = true;
}

ExitReason Machine::repeat_slice(std::uint64_t until, HostEvents& nobody) {
    const Nanoseconds deadline = board_.clock().next_deadline();
    const ExitReason reason = board_.run(std::min(board_.time().run_until(deadline), until));
    if (reason == ExitReason::halted)
        board_.time().idle_until(deadline, nobody, std::chrono::nanoseconds{0});
    else if (reason == ExitReason::shutdown)
        board_.ask(Board::Request::reset_processor);
    carry_out_requests();
    return reason;
}

/// The front end may look and act; guest time waits.
void Machine::stand_still(const RunLimits& limits) {
    board_.time().hold(true);
    while (debugger_.stopped() && !result_) {
        events_.wait(std::min(time_left(), longest_sleep));
        run_border_actions();
        carry_out_requests();
        check_limits(limits);
    }
    board_.time().hold(false);
}

std::chrono::nanoseconds Machine::time_left() const {
    return host_deadline_ - std::chrono::steady_clock::now();
}

void Machine::check_limits(const RunLimits& limits) {
    const bool late = limits.time && std::chrono::steady_clock::now() >= host_deadline_;
    if (late || instructions() >= limits.instructions) finish({RunEnd::bound});
}

void Machine::run_slice(const RunLimits& limits) {
    const std::uint64_t by_time = board_.time().run_until(board_.clock().next_deadline());
    const ExitReason reason = board_.run(std::min(
        {by_time, limits.instructions, next_checkpoint_, next_sample_, next_visit_, debugger_.run_until()}));
    board_.time().ran(events_);
    count(reason);
    if (instructions() >= next_sample_) next_sample_ = limits.sample();
    if (instructions() >= next_checkpoint_) {
        limits.checkpoint();
        next_checkpoint_ = next_multiple(instructions(), limits.checkpoint_interval);
    }
    debugger_.ran(reason);
    if (!debugger_.stopped()) handle_exit(reason);
    carry_out_requests();
}

void Machine::count(ExitReason reason) {
    counters_.budget += reason == ExitReason::budget;
    counters_.halted += reason == ExitReason::halted;
    counters_.stop += reason == ExitReason::stop;
}

void Machine::handle_exit(ExitReason reason) {
    if (reason == ExitReason::halted) {
        board_.time().idle_until(board_.clock().next_deadline(), events_,
                                 std::min(time_left(), longest_sleep));
        looked_at_host_ = std::chrono::steady_clock::now();
    } else if (reason == ExitReason::shutdown) {
        if (triple_fault_) triple_fault_();
        if (no_reboot_) finish({RunEnd::triple_fault});
        board_.ask(Board::Request::reset_processor);
    }
}

// A processor reset that the firmware will take for a power-on deserves a whole one: CMOS byte 0Fh, the
// shutdown status, says which.
void Machine::handle_request(Board::Request request) {
    constexpr std::uint8_t shutdown_status = 0x0F;
    if (request == Board::Request::none || result_) return;
    if (request == Board::Request::power_off) return finish({RunEnd::powered_off});
    const bool resumes = board_.chips().rtc.cmos(shutdown_status) != 0;
    if (request == Board::Request::reset_processor && resumes) return board_.reset_processor();
    if (no_reboot_) return finish({RunEnd::guest_reset});
    board_.reset();
}

}  // namespace calque
