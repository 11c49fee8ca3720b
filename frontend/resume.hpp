// `calque run --load`: the machine is the one that was saved.
#pragma once

namespace CLI {
class App;
}

namespace calque {

struct RunOptions;

/// Reads the state that `options.load` names and takes the machine's configuration from it. Of the options
/// that describe a machine `app` has parsed, drives may name where an image is now, --clock, --speed and
/// --exit-port may be others, and the rest may only repeat what the state says. Throws UsageError or
/// std::runtime_error.
void take_machine_from_state(RunOptions& options, const CLI::App& app);

/// The same with the recording that `options.replay` names.
void take_machine_from_recording(RunOptions& options, const CLI::App& app);

/// A run is recorded on the instruction clock: true if nobody had asked for it. Throws UsageError if another
/// one was asked for.
bool complete_recording(RunOptions& options, const CLI::App& app);

}  // namespace calque
