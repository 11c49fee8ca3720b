// The processor as the board sees it: runs an engine, takes interrupts, delivers exceptions, to an exact
// count.
#pragma once

#include "cpu/engine.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace calque {

enum class ExitReason : std::uint8_t {
    budget,     ///< the instruction count asked for is reached
    halted,     ///< HLT, and nothing to wake it
    stop,       ///< request_stop(): a line, a deadline or the front end wants attention
    shutdown,   ///< triple fault
    exception,  ///< one that on_exception() wants to keep; still pending
    debugger,   ///< a point of debug_points() was met, or an event taken after stop_after_event()
};

class Processor {
public:
    Processor(Mmu& mmu, Outside& outside, const CpuModel& model);

    Cpu& cpu() { return cpu_; }
    BlockCache& blocks() { return blocks_; }
    /// nullptr: the built-in interpreter.
    void use_engine(Engine* engine) { engine_ = engine ? engine : &interpreter_; }
    Engine& engine() { return *engine_; }

    void reset();
    /// INTR; takes effect at the next instruction boundary.
    void set_interrupt_line(bool asserted);
    void raise_nmi();
    /// IGNNE#: whether x87 instructions go on in spite of a pending exception while CR0.NE is clear.
    void set_ignne(bool asserted) { cpu_.fpu.ignne = asserted; }

    /// Asked before an exception is delivered; true ends the run instead.
    void on_exception(std::function<bool()> keep) { keep_exception_ = std::move(keep); }

    // --- For a debugger, between runs. What the guest can see is the same with and without one.

    /// Any number of each; adding the same twice wants removing it twice. False: there is no such.
    void add_breakpoint(std::uint32_t linear);
    bool remove_breakpoint(std::uint32_t linear);
    void add(const Watchpoint& watchpoint);
    bool remove(const Watchpoint& watchpoint);
    void add(const PortBreakpoint& port);
    bool remove(const PortBreakpoint& port);
    /// XCHG BX,BX ends a run behind itself.
    void set_magic_breakpoint(bool on);
    /// Why the last run ended with ExitReason::debugger. nullopt: an event was taken.
    std::optional<DebugHit> take_hit();
    /// The next run does not stop at a breakpoint where it starts.
    void pass_breakpoint();
    /// From now on a run ends once an exception or interrupt was delivered, before its handler's first
    /// instruction, and one that is due when the budget is spent waits for the next run.
    void stop_after_event(bool on) { stop_after_event_ = on; }

    /// Runs until `state.instructions` reaches `until` or something else needs the board.
    ExitReason run(std::uint64_t until);

    /// Instructions executed one at a time by the processor itself (ends of budgets, inhibition, stepping).
    std::uint64_t stepped() const { return stepped_; }

private:
    bool take_event();
    bool deliver_one();
    bool inhibition_matters() const;
    void step();
    template <typename Execute>
    void execute_one(const Block& block, Execute execute);
    void execute_observed();
    bool only_observed() const;
    bool stopped_by_breakpoint();
    void trap(std::uint32_t reasons);
    bool stopped_by_debugger();
    bool reached_breakpoint();
    bool stands_alone();
    void attach_debug_points();

    Cpu cpu_;
    BlockCache blocks_;
    Interpreter interpreter_;
    Engine* engine_ = &interpreter_;
    std::uint64_t stepped_ = 0;
    std::function<bool()> keep_exception_;

    DebugPoints debug_points_;
    /// The instruction whose breakpoint does not count: when, and where.
    struct Passed {
        std::uint64_t instructions = ~0ULL;
        std::uint32_t linear = 0;
        bool operator==(const Passed&) const = default;
    } passed_;
    bool stop_after_event_ = false;
};

}  // namespace calque
