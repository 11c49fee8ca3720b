// A machine with everything of the host that it is connected to.
#pragma once

#include "frontend/counter_recorder.hpp"
#include "frontend/debugger/gdb_server.hpp"
#include "frontend/host_file.hpp"
#include "frontend/monitor/console.hpp"
#include "frontend/network.hpp"
#include "frontend/recorded_run.hpp"
#include "frontend/run_options.hpp"
#include "frontend/script_runner.hpp"
#include "frontend/serial_line.hpp"
#include "frontend/signals.hpp"
#include "frontend/sound.hpp"
#include "frontend/trace/tracing.hpp"
#include "frontend/transcript.hpp"
#include "machine/machine.hpp"
#include "machine/state_hash.hpp"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace calque {

class Session {
public:
    struct Checkpoint {
        std::uint64_t instructions;
        StateHash hash;
    };

    /// Throws what Machine throws, or UsageError.
    explicit Session(const RunOptions& options);

    Machine& machine() { return machine_; }
    trace::Tracing& tracing() { return tracing_; }
    /// Runs to the end, whatever it is; callable from any one thread.
    RunResult run();
    /// Screenshot and counters that the options ask for.
    void report(const RunResult& result, int status);

    const std::vector<Checkpoint>& checkpoints() const { return checkpoints_; }
    const CounterRecorder& recorder() const { return recorder_; }

private:
    void connect_serial(Uart16550& uart, const std::string& where);
    void connect_debug_console();
    void connect_debuggers();
    void save(const RunResult& result);
    RunLimits limits();
    std::uint64_t next_sample();

    const RunOptions& options_;
    Machine machine_;
    trace::Tracing tracing_{machine_};
    SignalWatch signals_;
    Transcript transcript_;
    CounterRecorder recorder_;
    std::optional<Network> network_;
    std::optional<Sound> sound_;
    std::vector<std::unique_ptr<SerialLine>> lines_;
    HostFile debug_file_;
    std::optional<OutputBuffer> debug_output_;
    Monitor monitor_{machine_, transcript_, tracing_};
    std::optional<ScriptRunner> script_;
    std::optional<RecordedRun> recorded_;
    std::optional<GdbServer> gdb_;
    std::optional<MonitorConsole> console_;
    std::vector<Checkpoint> checkpoints_;
    double seconds_ = 0;
};

}  // namespace calque
