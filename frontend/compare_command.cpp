// `calque compare`: two machines side by side.
#include "frontend/command_line.hpp"
#include "frontend/compare/comparison.hpp"
#include "frontend/compare/difference_report.hpp"
#include "frontend/compare/machine_records.hpp"
#include "frontend/compare/trace_report.hpp"
#include "frontend/engines.hpp"
#include "frontend/recorded_run.hpp"
#include "frontend/resume.hpp"
#include "frontend/run_options.hpp"
#include "frontend/trace/reader.hpp"
#include "frontend/usage_error.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>

namespace calque {

namespace {

using TimePoint = std::chrono::steady_clock::time_point;

constexpr int differs_status = 1;

struct CompareOptions {
    RunOptions run;
    std::string first = "interpreter", second;  ///< an engine's name and its switches
    std::string trace;                          ///< what to compare the first with, or empty
};

ComparedMachine::EngineMaker parse_engine(const char* option, const std::string& text) {
    EngineChoice choice;
    CLI::App app;
    declare_engine_options(app, choice);
    try {
        app.parse("--engine " + text);
    } catch (const CLI::ParseError& error) {
        throw UsageError(fmt::format("{}: {}", option, error.what()));
    }
    return [choice](Cpu& cpu, BlockCache& blocks, bool eager) {
        EngineChoice made = choice;
        if (eager) made.translator.translate_after = 0;
        return make_engine(made, cpu, blocks);
    };
}

/// Nothing of the host may reach the machines, and they must not disturb each other.
void complete(CompareOptions& options, const CLI::App& app) {
    for (const char* name :
         {"--engine",   "--serial",  "--serial2", "--net",        "--sound",      "--display",
          "--scaling",  "--script",  "--speed",   "--debugcon",   "--screenshot", "--stats",
          "--stats-at", "--measure", "--log",     "--hash-every", "--save",       "--pcap",
          "--record",   "--gdb",     "--monitor", "--trace"}) {
        if (app.count(name))
            throw UsageError(fmt::format("{}: nothing is connected to machines that are compared", name));
    }
    RunOptions& run = options.run;
    if (!app.count("--clock")) run.machine.clock = ClockKind::instructions;
    if (run.machine.clock != ClockKind::instructions)
        throw UsageError("--clock: machines can only be compared on the instruction clock");
    if (!run.replay.empty()) take_machine_from_recording(run, app);
    run.display = "none";
    run.serial = "none";
    run.machine.discard_writes = !run.machine.read_only;
    if (!run.load.empty()) {
        take_machine_from_state(run, app);
        run.machine.clock = ClockKind::instructions;
        run.machine.instructions_per_second = 0;
    }
    complete_run_options(run);
    if (options.second.empty()) options.second = engine_names().front();
}

/// A line a few seconds on a terminal.
class ProgressLine {
public:
    ProgressLine() = default;
    ~ProgressLine() {
        if (isatty(STDERR_FILENO)) fmt::print(stderr, "\r{:36}\r", "");
    }
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    void show(const Comparison::Progress& progress) {
        constexpr std::chrono::seconds period{1};
        const auto now = std::chrono::steady_clock::now();
        if (!isatty(STDERR_FILENO) || now - shown_ < period) return;
        shown_ = now;
        fmt::print(stderr, "\r{} {:>20} ",
                   progress.narrowing ? "narrowing:  " : "the same to:", progress.instructions);
    }

private:
    TimePoint shown_ = std::chrono::steady_clock::now();
};

/// Whether --timeout is over.
class Deadline {
public:
    explicit Deadline(const RunOptions& run) : limit_(run.timeout) {}
    double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }
    bool over() const { return limit_ && seconds() * 1e9 >= static_cast<double>(*limit_); }

private:
    std::optional<Nanoseconds> limit_;
    TimePoint start_ = std::chrono::steady_clock::now();
};

int compare_engines(const CompareOptions& options, ComparedMachine& first) {
    const RunOptions& run = options.run;
    ComparedMachine second(run.machine, parse_engine("--second", options.second), options.second);
    if (run.resume) second.load(*run.resume);
    const Deadline deadline(run);
    const std::uint64_t from = first.instructions();
    std::optional<ProgressLine> line(std::in_place);
    Comparison comparison(first, second, [&](const Comparison::Progress& progress) { line->show(progress); });
    const auto difference = comparison.run(run.max_instructions, [&] { return deadline.over(); });
    line.reset();
    if (!difference) {
        fmt::print("{} instructions, {} looks: no difference ({:.1f} s)\n", comparison.compared() - from,
                   comparison.looks(), deadline.seconds());
        return exit_status::success;
    }
    fmt::print("{}found in {:.1f} s\n", report_of(*difference, first, options.second), deadline.seconds());
    return differs_status;
}

int compare_with_trace(const CompareOptions& options, ComparedMachine& machine) {
    const RunOptions& run = options.run;
    trace::Reader reader(options.trace);
    const RecordedRun recorded(run, machine.machine());
    const trace::TraceFile& file = reader.file();
    trace::warn_if_cut(file);
    if (file.frames() == 0) throw UsageError(fmt::format("{}: holds no instructions", file.path()));
    const std::uint64_t start = std::max(file.first(), machine.instructions()),
                        end = std::min(file.end(), run.max_instructions);
    if (start >= end)
        throw UsageError(fmt::format("{}: tells of instructions {} to {}, of which the machine executes none",
                                     file.path(), file.first(), file.end()));
    const Deadline deadline(run);
    std::optional<ProgressLine> line(std::in_place);
    const auto go_on = [&](std::uint64_t count) {
        line->show({count, false});
        return !deadline.over() && count < run.max_instructions;
    };
    MachineRecords records(machine, end, go_on);
    reader.go_to(start);
    records.go_to(start);
    const auto difference = trace::first_difference(reader, records, trace::Extent::part, 0);
    line.reset();
    if (!difference || records.stopped()) {
        const std::uint64_t compared = std::min(machine.instructions(), end);
        fmt::print("instructions {} to {}: no difference ({:.1f} s)\n", start, compared, deadline.seconds());
        return exit_status::success;
    }
    fmt::print("{}found in {:.1f} s\n", trace_report_of(*difference, machine, options.trace),
               deadline.seconds());
    return differs_status;
}

int compare(CompareOptions& options, const CLI::App& app) {
    if (!options.trace.empty() && app.count("--second"))
        throw UsageError("--second: with --with-trace there is one machine, the first");
    if (options.trace.empty() && app.count("--replay"))
        throw UsageError("--replay: two engines are compared without input; --with-trace takes a recording");
    complete(options, app);
    ComparedMachine first(options.run.machine, parse_engine("--first", options.first), options.first);
    if (options.run.resume) first.load(*options.run.resume);
    return options.trace.empty() ? compare_engines(options, first) : compare_with_trace(options, first);
}

}  // namespace

std::function<int()> declare_compare(CLI::App& app) {
    const auto options = std::make_shared<CompareOptions>();
    app.footer(
        "Takes what describes a machine from the options of `run`, on the instruction clock; what the guest "
        "writes to images is discarded.\n--with-trace takes a file that `run --clock instructions --trace` "
        "wrote of a machine with the same options; what it leaves out is passed over. If something came into "
        "that run from outside, --replay takes its recording, which says what machine it is.\n"
        "Exit status: 0 no difference, 1 a difference, which is printed.");
    app.add_option("--first", options->first, "An engine and its switches, in quotes (interpreter)")
        ->type_name("ENGINE");
    app.add_option("--second", options->second, "The other one (translator)")->type_name("ENGINE");
    app.add_option("--with-trace", options->trace,
                   "Compare the first with a recorded trace, not with a second")
        ->type_name("FILE");
    declare_run_options(app, options->run);
    app.add_option("--from", options->run.load, "As --load: start from a saved state")->type_name("FILE");
    return [options, &app] { return compare(*options, app); };
}

}  // namespace calque
