// `calque run`: makes a machine, connects it to the host, runs it, reports.
#include "frontend/command_line.hpp"
#include "frontend/run_options.hpp"
#include "frontend/screenshot.hpp"
#include "frontend/signals.hpp"
#include "frontend/usage_error.hpp"
#include "machine/machine.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace calque {

namespace {

int exit_status_of(const RunResult& result) {
    switch (result.end) {
        case RunEnd::powered_off: case RunEnd::guest_reset: return exit_status::success;
        case RunEnd::exit_port: return (result.value << 1 | 1) & 0xFF;
        case RunEnd::triple_fault: return exit_status::triple_fault;
        case RunEnd::bound: return exit_status::bound;
        case RunEnd::interrupted: return exit_status::interrupted;
        case RunEnd::quit: return result.value;
    }
    return exit_status::success;
}

RunLimits limits_of(const RunOptions& options) {
    RunLimits limits;
    limits.instructions = options.max_instructions;
    if (options.timeout) limits.time = std::chrono::nanoseconds{*options.timeout};
    return limits;
}

int run(RunOptions& options) {
    check_run_options(options);
    Machine machine(options.machine);
    machine.set_engine(make_engine(options.engine, machine.board().processor()));
    const SignalWatch signals(machine);
    machine.board().chips().debug_console.on_output([](std::uint8_t byte) { std::putchar(byte); });
    machine.board().chips().com1.on_transmit([](std::uint8_t byte) { std::putchar(byte);  std::fflush(stdout); });
    const RunResult result = machine.run(limits_of(options));
    if (!options.screenshot.empty()) {
        Framebuffer picture;
        machine.board().chips().vga.render(picture);
        write_png(picture, options.screenshot);
    }
    return exit_status_of(result);
}

}  // namespace

std::function<int()> declare_run(CLI::App& app) {
    const auto options = std::make_shared<RunOptions>();
    declare_run_options(app, *options);
    return [options] { return run(*options); };
}

}  // namespace calque
