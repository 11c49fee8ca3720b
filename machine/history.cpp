// Going back by going forward from a state of the past.
#include "machine/history.hpp"

#include "machine/machine.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace calque {
namespace {

constexpr std::uint64_t first_interval = 20'000'000;  // instructions: some ten milliseconds of an engine
constexpr std::size_t most_moments = 64;
/// Events and inputs that may come at one count.
constexpr unsigned most_steps = 1000;

}  // namespace

History::History(Machine& machine) : machine_(machine), interval_(first_interval) {
    note();
    machine_.inputs().record([this](const GuestInput& input) { note_input(input); });
    machine_.visit_borders([this] { return visit(); });
    machine_.debugger().on_go([this] { drop_future(); });
    machine_.on_load([this] {
        if (!moving_) forget();
    });
}

// --- Keeping

History::Position History::here() const {
    const CpuState& state = machine_.board().processor().cpu().state;
    return {state.instructions, state.linear_ip(), state.reg32(esp)};
}

History::Moment History::present() const {
    return {here(), next_input_, last_exit_,
            save_state(machine_.board(), moments_.empty() ? nullptr : &moments_.back().state)};
}

/// At a border the clock was looked at.
void History::note() {
    last_exit_ = ExitReason::stop;
    moments_.push_back(present());
    thin_out();
    next_note_ = here().instructions + interval_;
}

/// An input may have asked for a reset, which belongs to it and comes behind this border.
std::uint64_t History::visit() {
    const std::uint64_t count = here().instructions;
    if (!std::exchange(input_came_, false) && count >= next_note_) note();
    return next_note_;
}

void History::note_input(const GuestInput& input) {
    drop_future();
    inputs_.push_back({here(), machine_.board().clock().now(), input});
    next_input_ = inputs_.size();
    input_came_ = true;
}

/// The first stays: the history begins there.
void History::thin_out() {
    if (moments_.size() <= most_moments) return;
    std::vector<Moment> kept;
    for (std::size_t i = 0; i < moments_.size(); i += 2) kept.push_back(std::move(moments_[i]));
    moments_ = std::move(kept);
    interval_ *= 2;
}

void History::drop_future() {
    inputs_.resize(next_input_);
    const Position now = here();
    const auto is_later = [&](const Moment& moment) {
        return moment.inputs > next_input_ || moment.position.instructions > now.instructions;
    };
    while (moments_.size() > 1 && is_later(moments_.back())) moments_.pop_back();
    next_note_ = std::max(moments_.back().position.instructions + interval_, now.instructions);
}

void History::forget() {
    moments_.clear();
    inputs_.clear();
    next_input_ = 0;
    note();
}

bool History::is_earlier(const Moment& moment, const Position& position) const {
    if (moment.position.instructions != position.instructions)
        return moment.position.instructions < position.instructions;
    return &moment == &moments_.front() && moment.position != position;
}

const History::Moment* History::before(const Position& position) const {
    for (std::size_t i = moments_.size(); i-- > 0;)
        if (is_earlier(moments_[i], position)) return &moments_[i];
    return nullptr;
}

// --- Repeating

/// A breakpoint that was passed is met again, but for one right here.
void History::go_to(const Moment& moment) {
    machine_.load(moment.state);
    machine_.board().processor().pass_breakpoint();
    next_input_ = moment.inputs;
    last_exit_ = moment.exit;
}

bool History::apply_due_inputs() {
    bool any = false;
    for (; next_input_ < inputs_.size(); ++next_input_) {
        const Input& next = inputs_[next_input_];
        if (next.position != here() || next.time > machine_.board().clock().now()) break;
        machine_.inputs().replay(next.input);
        any = true;
    }
    if (any) machine_.carry_out_requests();
    return any;
}

/// A run that comes to the end of its budget takes the events that are due there before anybody looks at the
/// clock. False: none was.
bool History::take_due_events() {
    if (last_exit_ != ExitReason::budget && last_exit_ != ExitReason::debugger) return false;
    const Position start = here();
    Processor& processor = machine_.board().processor();
    processor.stop_after_event(false);
    last_exit_ = machine_.board().run(start.instructions);
    const auto hit = processor.take_hit();
    if (hit && met_) met_(*hit);
    if (last_exit_ == ExitReason::budget) last_exit_ = ExitReason::stop;
    return here() != start;
}

/// As the machine's loop does it, to a count, or less. Events that are due there are left.
void History::slice(std::uint64_t until) {
    Processor& processor = machine_.board().processor();
    if (next_input_ < inputs_.size())
        until =
            std::min(until, std::max(inputs_[next_input_].position.instructions, here().instructions + 1));
    processor.stop_after_event(true);
    last_exit_ = machine_.repeat_slice(until, nobody_);
    processor.stop_after_event(false);
    if (last_exit_ != ExitReason::debugger) return;
    const auto hit = processor.take_hit();
    if (hit && met_) met_(*hit);
    if (hit) processor.pass_breakpoint();
}

void History::run_until(std::uint64_t instructions) {
    while (here().instructions < instructions && !machine_.over()) {
        take_due_events();
        machine_.board().clock().run_expired();
        apply_due_inputs();
        slice(instructions);
    }
}

/// One instruction, one event that is delivered, or one input that moves the processor.
void History::step() {
    const Position start = here();
    for (unsigned slices = 0; here() == start && !machine_.over(); ++slices) {
        constexpr unsigned most_slices = 1'000'000;  // of an idle processor, a timer's interrupt at a time
        if (slices == most_slices) throw std::runtime_error("the past stands still");
        if (take_due_events()) return;
        machine_.board().clock().run_expired();
        if (apply_due_inputs() && here() != start) return;
        slice(start.instructions + 1);
    }
}

/// Goes there, and returns how many steps that took behind the count before.
unsigned History::steps_to(const Moment& from, const Position& position) {
    go_to(from);
    if (position.instructions > 0) run_until(position.instructions - 1);
    unsigned steps = 0;
    for (; here() != position; ++steps) {
        if (steps == most_steps || here().instructions > position.instructions)
            throw std::runtime_error("the past did not repeat itself");
        step();
    }
    return steps;
}

const History::Moment& History::nearer(const Moment& moment, const Position& position) {
    constexpr std::uint64_t near = 20'000, far = 10 * near;
    if (position.instructions - moment.position.instructions < far) return moment;
    const auto number = &moment - moments_.data();
    go_to(moment);
    run_until(position.instructions - near);
    return *moments_.insert(moments_.begin() + number + 1, present());
}

void History::go_before(const Moment& from, const Position& position) {
    const unsigned steps = steps_to(from, position);
    go_to(from);
    if (position.instructions > 0) run_until(position.instructions - 1);
    for (unsigned i = 0; i + 1 < steps; ++i) step();
}

/// What is met at `end` itself was not met before, but for what is met behind the last instruction.
std::optional<History::Met> History::last_met(const Moment& from, const Position& end) {
    std::optional<Met> last;
    const std::uint32_t linear = from.position.linear;
    const DebugPoints* points = machine_.board().processor().cpu().debug;
    if (points && points->stops_at(linear) && from.position != end)
        last = Met{from.position, {.kind = DebugHit::Kind::breakpoint, .address = linear}};
    met_ = [&](const DebugHit& hit) {
        if (hit.kind != DebugHit::Kind::breakpoint || here() != end) last = Met{here(), hit};
    };
    steps_to(from, end);
    met_ = {};
    return last;
}

/// Does it while nobody hears what the guest says, and is back at the present if it fails.
template <typename Work>
auto History::repeat(Work work) {
    const Moment now = present();
    moving_ = true;
    machine_.begin_repeating();
    const auto end = [this] {
        met_ = {};
        machine_.board().processor().take_hit();
        machine_.end_repeating();
        moving_ = false;
    };
    try {
        const auto result = work(now.position);
        end();
        return result;
    } catch (...) {
        go_to(now);
        end();
        throw;
    }
}

bool History::step_back() {
    return repeat([this](const Position& now) {
        const Moment* from = before(now);
        if (from) go_before(nearer(*from, now), now);
        return from != nullptr;
    });
}

std::optional<DebugHit> History::go_back() {
    return repeat([this](const Position& now) -> std::optional<DebugHit> {
        Position end = now;
        for (std::size_t i = moments_.size(); i-- > 0;) {
            const Moment& from = moments_[i];
            if (!is_earlier(from, end)) continue;
            if (const auto met = last_met(from, end)) {
                if (met->hit.kind == DebugHit::Kind::breakpoint)
                    steps_to(from, met->position);
                else
                    go_before(from, met->position);
                return met->hit;
            }
            end = from.position;
        }
        go_to(moments_.front());
        return std::nullopt;
    });
}

}  // namespace calque
