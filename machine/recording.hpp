// A recorded run: where it started, what reached the machine and when, and what it looked like on the way.
#pragma once

#include "machine/guest_inputs.hpp"
#include "machine/saved_state.hpp"
#include "machine/state_hash.hpp"
#include "machine/state_stream.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace calque {

class Machine;

/// A place in a run on the instruction clock. HLT lets time go on while no instructions retire.
struct RunPlace {
    std::uint64_t instructions = 0;
    Nanoseconds time = 0;

    auto operator<=>(const RunPlace&) const = default;
};

struct Recording {
    struct Input {
        RunPlace at;
        GuestInput input;
    };
    /// What the whole machine looked like: RAM and video memory too where `whole`.
    struct Look {
        RunPlace at;
        std::uint64_t inputs = 0;  ///< that had taken effect
        bool whole = false;
        StateHash hash;
    };
    /// What happened in a while.
    struct Piece {
        std::vector<Input> inputs;
        std::vector<Look> looks;
        bool last = false;  ///< its last look is the run's end
    };

    SavedState start;
    bool plugged = false;  ///< the network card had somebody at its cable's other end
    std::vector<Input> inputs;
    std::vector<Look> looks;  ///< at least one
    bool cut = false;         ///< its end is missing: who wrote it was killed

    /// What is known of the run ends here.
    RunPlace end() const;
};

/// A recording on its way into a file: readable at any time up to the last whole piece. What throws, throws
/// std::runtime_error, one line that names the file.
class RecordingFile {
public:
    RecordingFile(const std::string& path, const SavedState& start, bool plugged);
    void add(const Recording::Piece& piece);
    void finish();

private:
    std::optional<StatePieces> pieces_;
};

/// Throws as RecordingFile does.
Recording read_recording(const std::string& path);

/// Notes a run from where the machine is into a file, while it goes on. It must outlive the runs.
class Recorder {
public:
    static constexpr std::uint64_t look_interval = 100'000'000, whole_interval = 1'000'000'000;
    /// An input is in the file so many instructions later at the latest, or when so much guest time is over.
    static constexpr std::uint64_t longest_wait = 10'000'000;
    static constexpr Nanoseconds longest_time = 10'000'000;

    /// Throws as RecordingFile does.
    Recorder(Machine& machine, const std::string& path);
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

    /// The run is over. Throws if the host did not take all of the file.
    void finish();

private:
    void note(const GuestInput& input);
    std::uint64_t visit();
    void look(bool whole);
    bool is_due();
    void write();

    Machine& machine_;
    RecordingFile file_;
    Recording::Piece piece_;
    std::size_t piece_bytes_ = 0;  ///< of its inputs, about
    std::uint64_t inputs_ = 0;
    std::uint64_t next_look_;
    std::string error_;
};

/// Repeats a recorded run on a machine made from its configuration.
class Replayer {
public:
    /// Puts the machine to the start. `on_end` is called once, at a border: with nothing when the recording
    /// is at its end, or with a line that says where and in what the machine was not what it had been.
    Replayer(Machine& machine, Recording recording, std::function<void(std::optional<std::string>)> on_end);
    Replayer(const Replayer&) = delete;
    Replayer& operator=(const Replayer&) = delete;

    /// The machine has ended by itself: a line if it had gone on in the recording, or was not the same.
    std::optional<std::string> check_end();
    /// Of a recording that was cut: where it ends.
    std::optional<RunPlace> cut_at() const;
    std::uint64_t inputs() const { return next_input_; }
    std::uint64_t looks() const { return next_look_; }

private:
    std::uint64_t visit();
    RunPlace here();
    bool is_look_due(const RunPlace& place) const;
    std::optional<std::string> replay_input(const RunPlace& place);
    std::optional<std::string> advance();
    std::optional<std::string> check(const Recording::Look& look);

    Machine& machine_;
    Recording recording_;
    RunPlace end_;
    std::size_t looks_on_the_way_;  ///< all, or all but the one at the end
    std::function<void(std::optional<std::string>)> on_end_;
    std::size_t next_input_ = 0, next_look_ = 0;
    bool over_ = false;
};

}  // namespace calque
