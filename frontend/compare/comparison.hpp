// Two machines side by side: where they differ first.
#pragma once

#include "frontend/compare/compared_machine.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace calque {

/// The first difference, as narrow as it could be made.
struct Difference {
    enum class Kind : std::uint8_t {
        instruction,  ///< what `first` does of this one instruction `second` does not, wherever they come
                      ///< from
        together,     ///< these instructions, translated together
        history,      ///< only machines that have come a long way differ there
    };

    Kind kind = Kind::history;
    std::uint64_t from = 0, to = 0;  ///< counts of instructions: same state and another one
    std::uint64_t since = 0;         ///< of the state from which both come, where history counts
    SavedState before{}, first{}, second{};
    RunResult first_end{}, second_end{};
};

/// Runs two machines on the instruction clock that are in the same state and looks at intervals whether they
/// still are: at the processor and the chips often, at all of memory less often. Once they differ it goes
/// back to kept states, and halves the way between a count at which they are the same and one at which they
/// are not.
/// A difference that is gone at the next look (a register that nobody used) is none.
///
/// An engine that translates has a history: what it executes may have been translated long before. So a
/// machine that is put back starts with an engine that has seen nothing, and where the difference then does
/// not show, from an earlier state.
class Comparison {
public:
    static constexpr std::uint64_t look_interval = 10'000'000, whole_interval = 100'000'000;

    struct Progress {
        std::uint64_t instructions = 0;
        bool narrowing = false;
    };

    /// Both are where they start, at the same state.
    Comparison(ComparedMachine& first, ComparedMachine& second, std::function<void(const Progress&)> progress)
        : first_(first), second_(second), progress_(std::move(progress)) {}

    /// Until `end` instructions have retired, the guests end, or `stop` says so.
    std::optional<Difference> run(std::uint64_t end, const std::function<bool()>& stop);
    /// How far both were the same.
    std::uint64_t compared() const { return same_until_; }
    std::uint64_t looks() const { return looks_; }

private:
    using Kept = std::shared_ptr<const SavedState>;

    void run_both(std::uint64_t count);
    bool ends_differ() const;
    bool ended() const { return first_.result().end != RunEnd::bound; }
    bool differ_quickly();
    bool differ();

    void keep();
    Kept nearest(std::uint64_t count) const;
    bool differ_from(const Kept& origin, std::uint64_t count);
    Difference narrow(std::uint64_t high);
    Kept reproducing_origin(std::uint64_t high);
    Kept state_at(std::uint64_t count);
    void load_both(const SavedState& state);
    bool one_by_one(const Kept& start, std::uint64_t high, Difference& difference);
    bool together(std::uint64_t high, Difference& difference);
    bool shortest_together(const Kept& start, std::uint64_t high, Difference& difference);
    void take_after(Difference& difference);

    ComparedMachine& first_;
    ComparedMachine& second_;
    std::function<void(const Progress&)> progress_;
    std::vector<Kept> kept_;  ///< by count; states that both were in
    std::uint64_t same_until_ = 0;
    std::uint64_t looks_ = 0;
};

}  // namespace calque
