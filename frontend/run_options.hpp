// What `calque run` was asked to do.
#pragma once

#include "frontend/engines.hpp"
#include "frontend/guest_log.hpp"
#include "frontend/network_options.hpp"
#include "frontend/trace/trace_options.hpp"
#include "machine/config.hpp"
#include "machine/recording.hpp"
#include "machine/saved_state.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace calque {

/// What is written to --stats only if asked, because finding it out costs something.
struct Measurements {
    bool decoding = false, callouts = false, instructions = false, startup = false, code = false;
};

struct RunOptions {
    MachineConfig machine;
    EngineChoice engine;
    std::string cdrom;    ///< the medium of the drive that takes the place of --hdc
    std::string rtc;      ///< as given; empty: now, or a fixed date under the instruction clock
    std::string display;  ///< empty: a window where there is a display
    std::string scaling = "smooth";
    std::string serial;  ///< empty: standard input and output where there is no window
    std::string serial2 = "none";
    std::string debugcon;
    std::string sound;  ///< empty: the host's sound device where there is a window
    NetworkOptions network;
    bool net_given = false;  ///< else: user networking on the real-time clock
    std::uint64_t max_instructions = ~0ULL;
    std::optional<Nanoseconds> timeout;
    std::uint64_t checkpoint_interval = ~0ULL;
    std::string screenshot, script, stats;
    std::string load, save;  ///< saved states: where to go on from, and where to write the last one
    std::shared_ptr<const SavedState> resume;  ///< what `load` holds
    std::string record, replay;                ///< recordings: where to write one, and which to repeat
    std::shared_ptr<const Recording> recording;
    std::string stats_at;  ///< a regular expression
    Measurements measure;
    trace::TraceOptions trace;
    GuestLogFacilities log;
    std::string monitor;  ///< stdio, unix:F, tcp:[HOST:]PORT, or empty
    std::string gdb;      ///< [HOST:]PORT, or empty
    bool gdb_wait = false;
    bool reverse = false;  ///< the machine keeps its history
    bool magic_breakpoint = false;
};

/// Declares the options of `calque run` on `app`. `options` is filled in while parsing.
void declare_run_options(CLI::App& app, RunOptions& options);

/// Fills in what was not given, and judges what can only be judged when all options are known. Throws
/// UsageError.
void complete_run_options(RunOptions& options);

}  // namespace calque
