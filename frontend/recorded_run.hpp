// `calque run --record` and `--replay`.
#pragma once

#include "frontend/run_options.hpp"
#include "machine/machine.hpp"
#include "machine/network_cable.hpp"
#include "machine/recording.hpp"

#include <optional>

namespace calque {

/// What a session does about recordings. Does nothing unless the options ask for it.
class RecordedRun {
public:
    RecordedRun(const RunOptions& options, Machine& machine);

    /// The run is over. Writes the recording, or tells how the replay went: the run's result is then another
    /// one if the machine was not what it had been.
    RunResult finish(const RunResult& result);

private:
    [[noreturn]] void give_up_recording();
    void replay_ended(const std::optional<std::string>& difference);

    const RunOptions& options_;
    Machine& machine_;
    std::optional<Recorder> recorder_;
    std::optional<NetworkCable> cable_;
    std::optional<Replayer> replayer_;
    bool at_end_ = false;
};

}  // namespace calque
