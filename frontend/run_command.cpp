// `calque run`: makes a machine, connects it to the host, runs it, reports.
#include "frontend/command_line.hpp"
#include "frontend/desktop/desktop.hpp"
#include "frontend/resume.hpp"
#include "frontend/run_options.hpp"
#include "frontend/session.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace calque {

namespace {

int exit_status_of(const RunResult& result) {
    switch (result.end) {
        case RunEnd::powered_off:
        case RunEnd::guest_reset: return exit_status::success;
        case RunEnd::exit_port: return (result.value << 1 | 1) & 0xFF;
        case RunEnd::triple_fault: return exit_status::triple_fault;
        case RunEnd::bound: return exit_status::bound;
        case RunEnd::interrupted: return exit_status::interrupted;
        case RunEnd::quit: return result.value;
    }
    return exit_status::success;
}

int run(RunOptions& options, const CLI::App& app) {
    if (!options.load.empty()) take_machine_from_state(options, app);
    if (!options.replay.empty()) take_machine_from_recording(options, app);
    const bool implied = !options.record.empty() && complete_recording(options, app);
    complete_run_options(options);
    if (implied) fmt::print(stderr, "calque: --record: the run is on the instruction clock\n");
    Session session(options);
    const RunResult result =
        options.display == "none" ? session.run() : run_in_window(session, options.scaling);
    const int status = exit_status_of(result);
    session.report(result, status);
    return status;
}

}  // namespace

std::function<int()> declare_run(CLI::App& app) {
    const auto options = std::make_shared<RunOptions>();
    declare_run_options(app, *options);
    return [options, &app] { return run(*options, app); };
}

}  // namespace calque
