// Run control: a machine that stands still, goes on and steps when somebody says so.
#pragma once

#include "cpu/debug_points.hpp"
#include "cpu/processor.hpp"
#include "machine/board.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

namespace calque {

/// Why a machine stands still.
struct DebugStop {
    enum class Reason : std::uint8_t {
        asked,         ///< stop() was called
        step,          ///< the step is done
        point,         ///< `hit` says which
        triple_fault,  ///< before the reset that it leads to
    };
    Reason reason = Reason::asked;
    std::optional<DebugHit> hit = {};
};

/// What all front ends that debug a machine share. To be used on the machine's thread, between runs of the
/// processor only: from callbacks of HostEvents, listeners and Machine::at_next_border().
///
/// While the machine stands still guest time does too, and nothing that the guest can see changes: it goes on
/// as it would have gone on without a stop.
class Debugger {
public:
    explicit Debugger(Board& board) : board_(board) {}

    bool stopped() const { return stopped_; }
    /// Why it stands still, or why it did so last.
    const DebugStop& last_stop() const { return last_stop_; }

    void stop() { halt({DebugStop::Reason::asked}); }
    /// `passing`: what waits at CS:EIP was seen; else a breakpoint there stops again.
    void go(bool passing = true);
    /// Executes `count` instructions, breakpoints at the first of them disregarded. An exception or interrupt
    /// that is delivered counts as one: the next is the handler's.
    void step(std::uint64_t count = 1);

    /// Called whenever the machine came to stand still, and whenever it goes on.
    void on_stop(std::function<void(const DebugStop&)> listener) { on_stop_.push_back(std::move(listener)); }
    void on_go(std::function<void()> listener) { on_go_.push_back(std::move(listener)); }

    /// Whether a triple fault stops the machine before it resets.
    void stop_at_triple_fault(bool on) { stop_at_triple_fault_ = on; }

    /// The machine, which stands still, was moved to another state, for this reason.
    void moved(const DebugStop& why) { last_stop_ = why; }

    // --- For the machine

    /// The count of instructions at which the processor must come back.
    std::uint64_t run_until() const { return step_end_; }
    /// The processor came back.
    void ran(ExitReason reason);

private:
    void halt(const DebugStop& why);
    void resume();

    Board& board_;
    bool stopped_ = false;
    bool stop_at_triple_fault_ = false, triple_fault_told_ = false;
    DebugStop last_stop_;
    static constexpr std::uint64_t not_stepping = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t step_end_ = not_stepping;
    std::uint64_t steps_left_ = 0;  ///< behind the present one
    std::vector<std::function<void(const DebugStop&)>> on_stop_;
    std::vector<std::function<void()>> on_go_;
};

}  // namespace calque
