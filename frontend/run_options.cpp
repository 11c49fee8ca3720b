// The options of `calque run`.
#include "frontend/run_options.hpp"

#include "cpu/model.hpp"
#include "devices/debug_ports.hpp"
#include "frontend/command_line.hpp"
#include "frontend/parse.hpp"
#include "frontend/usage_error.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace calque {

namespace {

using Text = const std::string&;

void set_memory(Text text, MachineConfig& machine) {
    constexpr std::uint64_t granularity = 64 << 10;
    machine.memory = parse_size(text);
    if (machine.memory < MachineConfig::smallest_memory || machine.memory > MachineConfig::largest_memory)
        throw UsageError(fmt::format("\"{}\" is not between 1M and 3G", text));
    if (machine.memory % granularity) throw UsageError(fmt::format("\"{}\" is no multiple of 64K", text));
}

void set_cpu(Text text, MachineConfig& machine) {
    if (!find_cpu_model(text))
        throw UsageError(fmt::format("\"{}\" is not one of 486, pentium, pentium3, pentium4, max", text));
    machine.cpu = text;
}

void set_engine(Text text, EngineChoice& engine) {
    const auto names = engine_names();
    if (std::ranges::find(names, text) == names.end())
        throw UsageError(fmt::format("\"{}\" is not an engine of this build ({})", text, fmt::join(names, ", ")));
    engine.name = text;
}

void declare_machine(CLI::App& app, RunOptions& options) {
    MachineConfig& machine = options.machine;
    add_parsed_option(app, "--memory", [&](Text text) { set_memory(text, machine); }, "Guest RAM (256M)", "SIZE");
    add_parsed_option(app, "--cpu", [&](Text text) { set_cpu(text, machine); },
                      "486, pentium, pentium3, pentium4 or max (max)", "MODEL");
    add_parsed_option(app, "--engine", [&](Text text) { set_engine(text, options.engine); },
                      fmt::format("{}", fmt::join(engine_names(), " or ")), "ENGINE");
    add_parsed_option(app, "--clock", [&](Text text) { parse_clock(text, machine); },
                      "real, or instructions[=NS]: deterministic, NS guest nanoseconds each (real)", "CLOCK");
    app.add_option("--firmware", machine.firmware, "BIOS image")->type_name("FILE");
    app.add_option("--vga-firmware", machine.vga_firmware, "VGA BIOS image")->type_name("FILE");
    app.add_flag("--no-reboot", machine.no_reboot, "A guest reset ends the run");
    const auto set_exit_port = [&](Text text) {
        machine.exit_port = static_cast<std::uint16_t>(text.empty() ? ExitPort::default_port : parse_number(text, 0xFFFF));
    };
    app.add_option_function<std::string>("--exit-port", set_exit_port,
                                         "A byte V written to this port ends the run, status (V<<1)|1 (0xf4)")
        ->type_name("PORT")
        ->expected(0, 1);
}

void declare_boot(CLI::App& app, RunOptions& options) {
    MachineConfig& machine = options.machine;
    app.add_option("--kernel", machine.kernel, "Linux bzImage or Multiboot image to boot")->type_name("FILE");
    app.add_option("--initrd", machine.initrd, "Its initial RAM disk, or its module")->type_name("FILE");
    app.add_option("--append", machine.append, "Its command line")->type_name("TEXT");
    add_parsed_option(app, "--boot", [&](Text text) { machine.boot = parse_boot_order(text); },
                      "Order of a (floppy), c (disk) and d (CD-ROM)", "ORDER");
}

void declare_inputs_and_outputs(CLI::App& app, RunOptions& options) {
    app.add_option("--debugcon", options.debugcon, "Ports E9h and 402h: stdio or file:F")->type_name("WHERE");
    app.add_option("--screenshot", options.screenshot, "The screen at the end of the run, as PNG")->type_name("FILE");
    app.add_option("--stats", options.stats, "Counters of the run, as JSON")->type_name("FILE");
}

void declare_bounds(CLI::App& app, RunOptions& options) {
    add_parsed_option(app, "--max-instructions", [&](Text text) { options.max_instructions = parse_number(text); },
                      "End after so many guest instructions, status 124", "N");
    add_parsed_option(app, "--timeout", [&](Text text) { options.timeout = parse_seconds(text); },
                      "End after so many seconds of the host, status 124", "SECONDS");
}

}  // namespace

void declare_run_options(CLI::App& app, RunOptions& options) {
    declare_machine(app, options);
    declare_boot(app, options);
    declare_inputs_and_outputs(app, options);
    declare_bounds(app, options);
}

void check_run_options(RunOptions& options) {
    const MachineConfig& machine = options.machine;
    if (machine.kernel.empty() && !(machine.initrd.empty() && machine.append.empty()))
        throw UsageError("--initrd and --append need --kernel");
}

}  // namespace calque
