// Backwards: states of the past, and from one of them forwards again to just before.
#pragma once

#include "machine/debugger.hpp"
#include "machine/guest_inputs.hpp"
#include "machine/host_events.hpp"
#include "machine/saved_state.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace calque {

class Machine;

/// Keeps saved states of a machine on the instruction clock while it runs, as many as a bound allows, the
/// further apart the longer it runs, and notes what reaches the machine from outside. To go back is to go on
/// from such a state, as the machine did, up to just before. When it goes on from a moment of the past, what
/// came after that is forgotten, inputs too.
///
/// The images' contents must not change (machine/config.hpp, read_only or discard_writes), and nobody else
/// may record or replay inputs. All calls only while the machine stands still; each may throw
/// std::runtime_error, one line, and the machine is then where it was.
class History {
public:
    /// Begins with the present state.
    explicit History(Machine& machine);
    History(const History&) = delete;
    History& operator=(const History&) = delete;

    /// To before the last instruction, or the last event that was delivered. False: there is nothing before.
    bool step_back();
    /// To the last point of the debugger that was met before now; of one that is met behind an instruction,
    /// to before that. nullopt: there was none, and the machine is where the history begins.
    std::optional<DebugHit> go_back();

    /// Somebody has changed the state: the past does not lead here.
    void forget();

private:
    /// Tells boundaries of instructions apart, and the handler's first one from the one that was left.
    struct Position {
        std::uint64_t instructions = 0;
        std::uint32_t linear = 0, stack = 0;
        bool operator==(const Position&) const = default;
    };
    struct Moment {
        Position position;
        std::size_t inputs = 0;  ///< that had taken effect
        ExitReason exit = ExitReason::stop;
        SavedState state;
    };
    struct Input {
        Position position;
        Nanoseconds time = 0;  ///< goes on at one position while the processor is halted
        GuestInput input;
    };
    struct Met {
        Position position;
        DebugHit hit;
    };

    std::uint64_t visit();
    void note();
    void note_input(const GuestInput& input);
    void thin_out();
    void drop_future();

    Position here() const;
    bool is_earlier(const Moment& moment, const Position& position) const;
    /// The last moment before a position, or nullptr.
    const Moment* before(const Position& position) const;
    /// One that is near to the position, made from that if it is not, so that further steps back are quick.
    const Moment& nearer(const Moment& moment, const Position& position);
    Moment present() const;

    // --- What was executed is executed again.
    void go_to(const Moment& moment);
    void run_until(std::uint64_t instructions);
    void step();
    void slice(std::uint64_t until);
    bool take_due_events();
    bool apply_due_inputs();
    unsigned steps_to(const Moment& from, const Position& position);
    void go_before(const Moment& from, const Position& position);
    std::optional<Met> last_met(const Moment& from, const Position& end);
    template <typename Work>
    auto repeat(Work work);

    Machine& machine_;
    HostEvents nobody_;
    std::vector<Moment> moments_;
    std::vector<Input> inputs_;
    std::size_t next_input_ = 0;  ///< the first one that has not taken effect
    std::uint64_t interval_;      ///< between moments
    std::uint64_t next_note_ = 0;
    bool input_came_ = false;  ///< since the last border
    bool moving_ = false;
    ExitReason last_exit_ = ExitReason::stop;
    std::function<void(const DebugHit&)> met_;
};

}  // namespace calque
