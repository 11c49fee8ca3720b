// A recorded run: where it started, what reached the machine and when, and what it looked like on the way.
#pragma once

#include "machine/guest_inputs.hpp"
#include "machine/saved_state.hpp"
#include "machine/state_hash.hpp"

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
        bool whole = false;
        StateHash hash;
    };

    SavedState start;
    bool plugged = false;  ///< the network card had somebody at its cable's other end
    std::vector<Input> inputs;
    std::vector<Look> looks;  ///< the last one is the end
};

/// Both throw std::runtime_error, one line that names the file.
void write_recording(const Recording& recording, const std::string& path);
Recording read_recording(const std::string& path);

/// Notes a run from where the machine is. It must outlive the runs.
class Recorder {
public:
    static constexpr std::uint64_t look_interval = 100'000'000, whole_interval = 1'000'000'000;

    explicit Recorder(Machine& machine);
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

    /// The run is over: what was noted.
    const Recording& finish();

private:
    std::uint64_t visit();
    void look(bool whole);

    Machine& machine_;
    Recording recording_;
    std::uint64_t next_look_;
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
    std::uint64_t inputs() const { return next_input_; }
    std::uint64_t looks() const { return next_look_; }

private:
    std::uint64_t visit();
    RunPlace here();
    std::optional<std::string> advance();
    std::optional<std::string> check(const Recording::Look& look);

    Machine& machine_;
    Recording recording_;
    std::function<void(std::optional<std::string>)> on_end_;
    std::size_t next_input_ = 0, next_look_ = 0;
    bool over_ = false;
};

}  // namespace calque
