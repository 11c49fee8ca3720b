// Run control.
#include "machine/debugger.hpp"

#include <utility>

namespace calque {

void Debugger::halt(const DebugStop& why) {
    if (stopped_) return;
    stopped_ = true;
    step_end_ = not_stepping;
    board_.processor().stop_after_event(false);
    last_stop_ = why;
    board_.ask(Board::Request::none);
    for (const auto& listener : on_stop_) listener(why);
}

void Debugger::resume() {
    if (!stopped_) return;
    stopped_ = false;
    for (const auto& listener : on_go_) listener();
}

void Debugger::go(bool passing) {
    if (passing) board_.processor().pass_breakpoint();
    resume();
}

void Debugger::step(std::uint64_t count) {
    Processor& processor = board_.processor();
    processor.pass_breakpoint();
    processor.stop_after_event(true);
    step_end_ = processor.cpu().state.instructions + 1;
    steps_left_ = count - 1;
    resume();
}

// A step that an event ends is as good as one that an instruction ends: both leave one less to go. A point
// that is met ends them all.
void Debugger::ran(ExitReason reason) {
    Processor& processor = board_.processor();
    const bool told = std::exchange(triple_fault_told_, reason == ExitReason::shutdown);
    if (reason == ExitReason::shutdown && stop_at_triple_fault_ && !told)
        return halt({DebugStop::Reason::triple_fault});
    const std::uint64_t instructions = processor.cpu().state.instructions;
    if (reason != ExitReason::debugger && instructions < step_end_) return;
    if (reason == ExitReason::debugger) {
        if (const auto hit = processor.take_hit()) return halt({DebugStop::Reason::point, hit});
    }
    if (step_end_ == not_stepping) return;
    if (steps_left_ == 0) return halt({DebugStop::Reason::step});
    --steps_left_;
    step_end_ = instructions + 1;
}

}  // namespace calque
