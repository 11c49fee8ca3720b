// A machine's life: made from plain values, given an engine, run until something ends the run.
#pragma once

#include "machine/board.hpp"
#include "machine/config.hpp"
#include "machine/debugger.hpp"
#include "machine/guest_inputs.hpp"
#include "machine/history.hpp"
#include "machine/host_events.hpp"
#include "machine/saved_state.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

namespace calque {

/// Why a run ended.
enum class RunEnd : std::uint8_t {
    powered_off,
    guest_reset,   ///< with MachineConfig::no_reboot
    exit_port,     ///< RunResult::value is the byte written
    triple_fault,  ///< with MachineConfig::no_reboot
    bound,         ///< instructions or host time
    interrupted,   ///< the host's user wants out
    quit,          ///< the front end's own will; RunResult::value is whatever it means by it
};

struct RunResult {
    RunEnd end = RunEnd::powered_off;
    int value = 0;
};

struct RunLimits {
    static constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

    std::uint64_t instructions = no_limit;         ///< in total since the machine was made
    std::optional<std::chrono::nanoseconds> time;  ///< of the host
    std::uint64_t checkpoint_interval = no_limit;  ///< instructions
    std::function<void()> checkpoint;              ///< called at each multiple of the interval
    /// Called at the start and then at the count of instructions that it returned.
    std::function<std::uint64_t()> sample{};
};

/// How often the processor came back, and why.
struct RunCounters {
    std::uint64_t budget = 0, halted = 0, stop = 0;
};

class Machine {
public:
    /// Throws std::runtime_error, one line that names the thing, if the host or a file is at fault.
    explicit Machine(const MachineConfig& config);

    Board& board() { return board_; }
    HostEvents& events() { return events_; }
    Debugger& debugger() { return debugger_; }
    /// The way for whatever comes from outside.
    GuestInputs& inputs() { return inputs_; }

    /// Without one, the processor's own interpreter runs.
    void set_engine(std::unique_ptr<Engine> engine);

    /// Told of a triple fault before anything comes of it.
    void on_triple_fault(std::function<void()> callback) { triple_fault_ = std::move(callback); }

    /// Runs until the guest, a limit or finish() ends it. May be called again to go on.
    RunResult run(const RunLimits& limits);
    const RunCounters& counters() const { return counters_; }
    /// From the machine's thread (a callback of events(), a device): ends the run at the next block border.
    void finish(RunResult result);
    /// From the machine's thread: carries it out at the next block border, where all counters are exact. A
    /// device access comes to it right after its instruction.
    void at_next_border(std::function<void()> action);

    /// Called at every border from now on; returns the count of instructions at which it wants to be called
    /// at the latest.
    void visit_borders(std::function<std::uint64_t()> visit) { visit_ = std::move(visit); }

    /// As load_state(), and then tells those who connect the machine to the host. Only at a border.
    void load(const SavedState& state);
    /// From now on the machine, which must be on the instruction clock, can go back to this moment. It keeps
    /// states of itself, which takes memory and some time.
    void keep_history() { history_.emplace(*this); }
    /// nullptr: it keeps none.
    History* history() { return history_ ? &*history_ : nullptr; }

    // --- For the history: what was executed before is executed again, without the host's having a say.

    void begin_repeating();
    void end_repeating();
    /// Whether what the guest says was said before.
    bool repeating() const { return repeating_; }
    /// To the next deadline or this count, whatever comes first; time goes on if the processor is halted.
    ExitReason repeat_slice(std::uint64_t until, HostEvents& nobody);
    /// Resets that inputs have asked for.
    void carry_out_requests() { handle_request(board_.take_request()); }
    bool over() const { return result_.has_value(); }

    /// Called when another state is in force: what is on its way between host and guest belongs to the old
    /// one.
    void on_load(std::function<void()> callback) { loaded_.push_back(std::move(callback)); }

private:
    using HostTimePoint = std::chrono::steady_clock::time_point;

    void stand_still(const RunLimits& limits);
    std::chrono::nanoseconds time_left() const;
    void begin_counts(const RunLimits& limits);
    void run_slice(const RunLimits& limits);
    void run_border_actions();
    void look_at_host();
    void check_limits(const RunLimits& limits);
    void handle_exit(ExitReason reason);
    void count(ExitReason reason);
    void handle_request(Board::Request request);
    std::uint64_t instructions() { return board_.processor().cpu().state.instructions; }

    bool no_reboot_;
    HostEvents events_;
    Board board_;
    Debugger debugger_;
    GuestInputs inputs_{*this};
    std::unique_ptr<Engine> engine_;
    std::optional<RunResult> result_;
    std::function<void()> triple_fault_;
    std::vector<std::function<void()>> border_actions_;
    std::vector<std::function<void()>> loaded_;
    std::function<std::uint64_t()> visit_;
    std::uint64_t next_visit_ = RunLimits::no_limit;
    std::optional<History> history_;
    bool repeating_ = false;
    std::optional<RunResult> result_before_;  ///< it began to repeat
    bool counts_changed_ = false;             ///< the count of instructions is another one
    std::uint64_t next_sample_ = RunLimits::no_limit;
    std::uint64_t next_checkpoint_ = RunLimits::no_limit;
    RunCounters counters_;
    HostTimePoint host_deadline_;
    std::chrono::steady_clock::time_point looked_at_host_;
};

}  // namespace calque
