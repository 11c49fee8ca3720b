// Connections between a machine and the host, and what is said at the end of a run.
#include "frontend/session.hpp"

#include "frontend/guest_log.hpp"
#include "frontend/screenshot.hpp"
#include "frontend/stats.hpp"
#include "machine/saved_state_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <unistd.h>

namespace calque {

Session::Session(const RunOptions& options)
    : options_(options),
      machine_(options.machine),
      signals_(machine_),
      recorder_(machine_, options.stats_at) {
    machine_.board().drives().on_host_error(
        [](const std::string& line) { fmt::print(stderr, "calque: {}\n", line); });
    if (options.resume) machine_.load(*options.resume);
    connect_debuggers();
    if (!options.script.empty()) script_.emplace(options.script, monitor_);
    if (options.network.user) network_.emplace(options.network, machine_);
    if (options.sound != "none") sound_.emplace(options.sound, machine_);
    connect_serial(machine_.board().chips().com1, options.serial);
    connect_serial(machine_.board().chips().com2, options.serial2);
    connect_debug_console();
    connect_guest_log(machine_, options.log);
    recorded_.emplace(options, machine_);
}

void Session::connect_serial(Uart16550& uart, const std::string& where) {
    lines_.push_back(open_serial_line(where, machine_, uart));
    uart.on_transmit([this, line = lines_.back().get()](std::uint8_t byte) {
        if (machine_.repeating()) return;
        if (script_ || console_) transcript_.add(byte);
        recorder_.listen(byte);
        if (line) line->send(byte);
    });
}

void Session::connect_debug_console() {
    constexpr std::string_view file_prefix = "file:";
    if (options_.debugcon.empty()) return;
    int descriptor = STDOUT_FILENO;
    if (options_.debugcon != "stdio") {
        debug_file_ = HostFile::create(options_.debugcon.substr(file_prefix.size()));
        descriptor = debug_file_.descriptor();
    }
    debug_output_.emplace(descriptor);
    machine_.events().before_waiting([this] { debug_output_->flush(); });
    machine_.board().chips().debug_console.on_output([this](std::uint8_t byte) {
        if (!machine_.repeating()) debug_output_->put(byte);
    });
}

void Session::connect_debuggers() {
    if (!options_.gdb.empty()) {
        gdb_.emplace(machine_, parse_tcp_place(options_.gdb));
        gdb_->on_monitor_command(
            [this](const std::string& line) { return run_monitor_line(monitor_, line); });
    }
    if (!options_.monitor.empty()) console_.emplace(monitor_, options_.monitor);
    if (options_.reverse) machine_.keep_history();
    if (options_.gdb_wait) machine_.debugger().stop();
    if (options_.magic_breakpoint) machine_.board().processor().set_magic_breakpoint(true);
}

RunLimits Session::limits() {
    RunLimits limits;
    limits.instructions = options_.max_instructions;
    if (options_.timeout) limits.time = std::chrono::nanoseconds{*options_.timeout};
    limits.checkpoint_interval = options_.checkpoint_interval;
    limits.checkpoint = [this] {
        Board& board = machine_.board();
        checkpoints_.push_back({board.processor().cpu().state.instructions, hash_state(board)});
    };
    if (options_.measure.startup || options_.trace.start) limits.sample = [this] { return next_sample(); };
    return limits;
}

std::uint64_t Session::next_sample() {
    if (tracing_.begins_at() <= machine_.board().processor().cpu().state.instructions)
        tracing_.begin_observing();
    const std::uint64_t startup = options_.measure.startup ? recorder_.sample() : RunLimits::no_limit;
    return std::min(startup, tracing_.begins_at());
}

// An engine belongs to the thread on which it runs: host faults are taken there.
RunResult Session::run() {
    Processor& processor = machine_.board().processor();
    machine_.set_engine(make_engine(options_.engine, processor.cpu(), processor.blocks()));
    if (options_.measure.decoding) processor.blocks().measure_decoding();
    const auto started = std::chrono::steady_clock::now();
    if (!options_.trace.path.empty()) tracing_.start(options_.trace);
    const RunResult result = recorded_->finish(machine_.run(limits()));
    tracing_.stop();
    seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    if (debug_output_) debug_output_->flush();
    if (sound_) sound_->finish();
    return result;
}

/// A machine that is off has no state to go on from.
void Session::save(const RunResult& result) {
    if (result.end == RunEnd::powered_off)
        fmt::print(stderr, "calque: the guest has switched itself off: {} is not written\n", options_.save);
    else
        write_state_file(save_state(machine_.board()), options_.save);
}

void Session::report(const RunResult& result, int status) {
    if (gdb_) gdb_->exited(status);
    if (!options_.save.empty()) save(result);
    if (!options_.screenshot.empty()) {
        Framebuffer picture;
        machine_.board().chips().vga.render(picture);
        write_png(picture, options_.screenshot);
    }
    if (!options_.stats.empty()) write_stats(*this, options_, {result, status, seconds_});
}

}  // namespace calque
