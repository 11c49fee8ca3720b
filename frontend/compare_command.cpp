// `calque compare`: two machines side by side.
#include "frontend/command_line.hpp"
#include "frontend/compare/comparison.hpp"
#include "frontend/compare/difference_report.hpp"
#include "frontend/engines.hpp"
#include "frontend/resume.hpp"
#include "frontend/run_options.hpp"
#include "frontend/usage_error.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <unistd.h>

namespace calque {

namespace {

using TimePoint = std::chrono::steady_clock::time_point;

constexpr int differs_status = 1;

struct CompareOptions {
    RunOptions run;
    std::string first = "interpreter", second;  ///< an engine's name and its switches
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
          "--record",   "--replay",  "--gdb",     "--monitor",    "--trace"}) {
        if (app.count(name))
            throw UsageError(fmt::format("{}: nothing is connected to machines that are compared", name));
    }
    RunOptions& run = options.run;
    if (!app.count("--clock")) run.machine.clock = ClockKind::instructions;
    if (run.machine.clock != ClockKind::instructions)
        throw UsageError("--clock: machines can only be compared on the instruction clock");
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

double seconds_since(TimePoint start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// A line a few seconds on a terminal.
class ProgressLine {
public:
    void operator()(const Comparison::Progress& progress) {
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

int compare(CompareOptions& options, const CLI::App& app) {
    complete(options, app);
    const RunOptions& run = options.run;
    ComparedMachine first(run.machine, parse_engine("--first", options.first), options.first);
    ComparedMachine second(run.machine, parse_engine("--second", options.second), options.second);
    if (run.resume) {
        first.load(*run.resume);
        second.load(*run.resume);
    }
    const TimePoint start = std::chrono::steady_clock::now();
    const std::uint64_t from = first.instructions();
    Comparison comparison(first, second, ProgressLine());
    const auto late = [&] {
        return run.timeout && seconds_since(start) * 1e9 >= static_cast<double>(*run.timeout);
    };
    const auto difference = comparison.run(run.max_instructions, late);
    if (isatty(STDERR_FILENO)) fmt::print(stderr, "\r{:36}\r", "");
    if (!difference) {
        fmt::print("{} instructions, {} looks: no difference ({:.1f} s)\n", comparison.compared() - from,
                   comparison.looks(), seconds_since(start));
        return exit_status::success;
    }
    fmt::print("{}found in {:.1f} s\n", report_of(*difference, first, options.second), seconds_since(start));
    return differs_status;
}

}  // namespace

std::function<int()> declare_compare(CLI::App& app) {
    const auto options = std::make_shared<CompareOptions>();
    app.footer(
        "Takes what describes a machine from the options of `run`, on the instruction clock; what the guest "
        "writes to images is discarded.\nExit status: 0 no difference, 1 a difference, which is printed.");
    app.add_option("--first", options->first, "An engine and its switches, in quotes (interpreter)")
        ->type_name("ENGINE");
    app.add_option("--second", options->second, "The other one (translator)")->type_name("ENGINE");
    declare_run_options(app, options->run);
    app.add_option("--from", options->run.load, "As --load: start from a saved state")->type_name("FILE");
    return [options, &app] { return compare(*options, app); };
}

}  // namespace calque
