// The options of `calque run`.
#include "frontend/run_options.hpp"

#include "cpu/model.hpp"
#include "devices/debug_ports.hpp"
#include "frontend/command_line.hpp"
#include "frontend/debugger/listener.hpp"
#include "frontend/desktop/desktop.hpp"
#include "frontend/host_file.hpp"
#include "frontend/monitor/console.hpp"
#include "frontend/parse.hpp"
#include "frontend/serial_line.hpp"
#include "frontend/sound.hpp"
#include "frontend/usage_error.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace calque {

namespace {

using Text = const std::string&;

constexpr const char* fixed_date = "2024-01-01T00:00:00";

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

void set_exit_port(Text text, MachineConfig& machine) {
    machine.exit_port =
        text.empty() ? ExitPort::default_port : static_cast<std::uint16_t>(parse_number(text, 0xFFFF));
}

void set_display(Text text, RunOptions& options) {
    const auto names = display_names();
    if (std::ranges::find(names, text) == names.end())
        throw UsageError(
            fmt::format("\"{}\" is not a display of this build ({})", text, fmt::join(names, ", ")));
    options.display = text;
}

void set_scaling(Text text, RunOptions& options) {
    const auto names = scaling_names();
    if (std::ranges::find(names, text) == names.end())
        throw UsageError(
            fmt::format("\"{}\" is not a scaling of this build ({})", text, fmt::join(names, ", ")));
    options.scaling = text;
}

void set_serial(Text text, std::string& serial) {
    check_serial_line(text);
    serial = text;
}

void set_debugcon(Text text, std::string& debugcon) {
    if (text != "stdio" && (!text.starts_with("file:") || text.size() == 5))
        throw UsageError(fmt::format("\"{}\" is not stdio or file:F", text));
    debugcon = text;
}

void set_net(Text text, RunOptions& options) {
    parse_net(text, options.network);
    options.net_given = true;
}

void set_log(Text text, RunOptions& options) {
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t end = std::min(text.find(',', start), text.size());
        add_log_facility(text.substr(start, end - start), options.log);
        start = end + 1;
    }
}

void set_measure(Text text, Measurements& measure) {
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t end = std::min(text.find(',', start), text.size());
        const std::string what = text.substr(start, end - start);
        if (what == "decoding")
            measure.decoding = true;
        else if (what == "callouts")
            measure.callouts = true;
        else if (what == "instructions")
            measure.instructions = true;
        else if (what == "startup")
            measure.startup = true;
        else if (what == "code")
            measure.code = true;
        else
            throw UsageError(
                fmt::format("\"{}\" is not one of decoding, callouts, instructions, startup, code", what));
        start = end + 1;
    }
}

std::uint64_t parse_interval(Text text) {
    if (const std::uint64_t interval = parse_number(text)) return interval;
    throw UsageError("0 is no interval");
}

void declare_machine(CLI::App& app, RunOptions& options) {
    MachineConfig& machine = options.machine;
    add_parsed_option(
        app, "--memory", [&](Text text) { set_memory(text, machine); }, "Guest RAM (256M)", "SIZE");
    add_parsed_option(
        app, "--cpu", [&](Text text) { set_cpu(text, machine); },
        "486, pentium, pentium3, pentium4 or max (max)", "MODEL");
    declare_engine_options(app, options.engine);
    add_parsed_option(
        app, "--clock", [&](Text text) { parse_clock(text, machine); },
        "real, or instructions[=NS]: deterministic, NS guest nanoseconds each (real)", "CLOCK");
    add_parsed_option(
        app, "--speed", [&](Text text) { machine.instructions_per_second = parse_speed(text); },
        "At most so many million instructions a guest second, fractions too; the host sleeps between (no "
        "limit)",
        "MIPS");
    add_parsed_option(
        app, "--rtc", [&](Text text) { parse_rtc(text), options.rtc = text; },
        "utc, local or YYYY-MM-DDThh:mm:ss: what the guest's clock shows at the start", "DATE");
    app.add_option("--firmware", machine.firmware, "BIOS image (the distribution's SeaBIOS)")
        ->type_name("FILE");
    app.add_option("--vga-firmware", machine.vga_firmware, "VGA BIOS image")->type_name("FILE");
    app.add_flag("--no-reboot", machine.no_reboot, "A guest reset ends the run");
    add_parsed_option(
        app, "--exit-port", [&](Text text) { set_exit_port(text, machine); },
        "A byte V written to this port ends the run with status (V<<1)|1 (0xf4)", "PORT")
        ->expected(0, 1);
}

void declare_boot(CLI::App& app, RunOptions& options) {
    MachineConfig& machine = options.machine;
    app.add_option("--kernel", machine.kernel, "Linux bzImage or Multiboot image")->type_name("FILE");
    app.add_option("--initrd", machine.initrd, "Its initial RAM disk, or its module")->type_name("FILE");
    app.add_option("--append", machine.append, "Its command line")->type_name("TEXT");
    add_parsed_option(
        app, "--boot", [&](Text text) { machine.boot = parse_boot_order(text); },
        "Order of a (floppy), c (disk), d (CD-ROM) and n (network), at most three", "ORDER");
}

void declare_disks(CLI::App& app, RunOptions& options) {
    MachineConfig& machine = options.machine;
    constexpr std::array floppies{"--fda", "--fdb"};
    for (std::size_t i = 0; i < floppies.size(); ++i)
        app.add_option(floppies[i], machine.floppies[i], "Floppy disk image (\"\": a drive without a disk)")
            ->type_name("FILE")
            ->group("Disks");
    constexpr std::array disks{"--hda", "--hdb", "--hdc", "--hdd"};
    for (std::size_t i = 0; i < disks.size(); ++i)
        app.add_option(disks[i], machine.drives[i].path, "Disk image")->type_name("FILE")->group("Disks");
    app.add_option("--cdrom", options.cdrom, "CD-ROM image, in the place of --hdc")
        ->type_name("FILE")
        ->group("Disks");
    app.add_flag("--read-only", machine.read_only, "Images cannot be written")->group("Disks");
    app.add_flag("--discard-writes", machine.discard_writes,
                 "What is written is kept in memory and forgotten")
        ->group("Disks");
}

void declare_connections(CLI::App& app, RunOptions& options) {
    add_parsed_option(
        app, "--display", [&](Text text) { set_display(text, options); },
        fmt::format("{}", fmt::join(display_names(), " or ")), "DISPLAY");
    add_parsed_option(
        app, "--scaling", [&](Text text) { set_scaling(text, options); },
        "smooth, or integer: the window's pixels are blocks of whole ones (smooth)", "SCALING");
    add_parsed_option(
        app, "--sound", [&](Text text) { check_sound(text), options.sound = text; },
        fmt::format("{}: speaker, Sound Blaster 16 and OPL3 (none where there is no window)",
                    fmt::join(sound_names(), ", ")),
        "WHERE");
    constexpr const char* where = "stdio, none, file:F, pty or tcp:PORT";
    add_parsed_option(
        app, "--serial", [&](Text text) { set_serial(text, options.serial); },
        fmt::format("COM1: {} (on a terminal Ctrl-A x leaves)", where), "WHERE");
    add_parsed_option(
        app, "--serial2", [&](Text text) { set_serial(text, options.serial2); }, "COM2, likewise", "WHERE");
    add_parsed_option(
        app, "--debugcon", [&](Text text) { set_debugcon(text, options.debugcon); },
        "Ports E9h and 402h: stdio or file:F", "WHERE");
    app.add_option("--script", options.script, "Monitor commands to carry out, one a line")
        ->type_name("FILE");
    app.add_option("--screenshot", options.screenshot, "The screen at the end of the run, as PNG")
        ->type_name("FILE");
    app.add_option("--stats", options.stats, "Counters of the run, as JSON")->type_name("FILE");
    app.add_option("--stats-at", options.stats_at,
                   "And counters so far whenever COM1 has sent a line that matches")
        ->type_name("REGEX");
    add_parsed_option(
        app, "--measure", [&](Text text) { set_measure(text, options.measure); },
        "What costs something to find out, into --stats: decoding and callouts (time), instructions (by "
        "mnemonic; interpreter), startup (instructions over time), code (a hash of what the translator "
        "emitted)",
        "LIST");
    add_parsed_option(
        app, "--log", [&](Text text) { set_log(text, options); },
        fmt::format("{}, or all; several with commas between", log_facilities_help()), "FACILITIES");
}

void declare_network(CLI::App& app, RunOptions& options) {
    add_parsed_option(
        app, "--net", [&](Text text) { set_net(text, options); },
        "none, or user[,forward=tcp|udp:HOSTPORT:GUESTPORT]...[,tftp=FOLDER][,bootfile=NAME]: the host is "
        "10.0.2.2 (user; none with --clock instructions)",
        "NET")
        ->group("Network");
    add_parsed_option(
        app, "--nic", [&](Text text) { options.machine.nic = parse_nic(text); },
        "rtl8139, ne2k_pci, ne2k_isa (port 300h, IRQ 9) or none (rtl8139)", "MODEL")
        ->group("Network");
    app.add_option("--nic-firmware", options.machine.nic_firmware,
                   "Its boot ROM (the distribution's iPXE, if installed)")
        ->type_name("FILE")
        ->group("Network");
    app.add_option("--pcap", options.network.capture, "Write all frames there, for tcpdump and Wireshark")
        ->type_name("FILE")
        ->group("Network");
}

void declare_debugging(CLI::App& app, RunOptions& options) {
    constexpr const char* group = "Debugging";
    add_parsed_option(
        app, "--gdb", [&](Text text) { parse_tcp_place(text), options.gdb = text; },
        "Wait for gdb's `target remote` there (the host's own address unless given)", "[HOST:]PORT")
        ->group(group);
    app.add_flag("--gdb-wait", options.gdb_wait, "Stand still until gdb lets the machine go on")
        ->group(group);
    add_parsed_option(
        app, "--monitor", [&](Text text) { check_monitor_place(text), options.monitor = text; },
        "Commands typed on stdio, unix:F or tcp:[HOST:]PORT (calque help monitor lists them)", "WHERE")
        ->group(group);
    app.add_flag(
           "--reverse", options.reverse,
           "Keep states of the past, so that gdb and the monitor can step and continue backwards (needs "
           "--clock instructions)")
        ->group(group);
    app.add_flag("--magic-breakpoint", options.magic_breakpoint,
                 "XCHG BX,BX stops the machine for a debugger, as Bochs has it")
        ->group(group);
}

/// What is repeated must be a function of the kept states and the noted inputs alone.
void check_reverse(const RunOptions& options) {
    const MachineConfig& machine = options.machine;
    if (machine.clock != ClockKind::instructions) throw UsageError("--reverse needs --clock instructions");
    if (options.gdb.empty() && options.monitor.empty() && options.script.empty())
        throw UsageError("--reverse needs --gdb, --monitor or --script");
    if (!options.record.empty() || !options.replay.empty() || !options.trace.path.empty())
        throw UsageError("--reverse does not go with --record, --replay and --trace");
    if (options.network.user) throw UsageError("--reverse needs --net none");
    if (options.sound != "none") throw UsageError("--reverse needs --sound none");
    const auto has_image = [](const auto& drive) { return !drive.path.empty() && !drive.cdrom; };
    const auto has_floppy = [](const auto& floppy) { return floppy && !floppy->empty(); };
    const bool any_image =
        std::ranges::any_of(machine.drives, has_image) || std::ranges::any_of(machine.floppies, has_floppy);
    if (any_image && !machine.read_only && !machine.discard_writes)
        throw UsageError("--reverse needs --discard-writes or --read-only, or what is written stays");
}

void complete_debugging(const RunOptions& options) {
    if (options.reverse) check_reverse(options);
    if (options.gdb_wait && options.gdb.empty()) throw UsageError("--gdb-wait needs --gdb");
    if (options.magic_breakpoint && options.gdb.empty() && options.monitor.empty())
        throw UsageError("--magic-breakpoint needs --gdb or --monitor");
    if (options.monitor == "stdio" && (options.serial == "stdio" || options.serial2 == "stdio"))
        throw UsageError("--monitor and a serial line cannot both be stdio");
}

void declare_bounds(CLI::App& app, RunOptions& options) {
    app.add_option(
           "--load", options.load,
           "Go on from a saved state, under any engine: the machine is the one that was saved, and its "
           "images must be there as they were (--hda and so on name those that have moved)")
        ->type_name("FILE");
    app.add_option(
           "--record", options.record,
           "Note all that reaches the machine from outside, as it comes, so that the run can be repeated "
           "exactly; on the instruction clock")
        ->type_name("FILE");
    app.add_option("--replay", options.replay,
                   "Repeat a recorded run, under any engine; status 8 if it turns out to be another one. One "
                   "that was cut ends where it does, or goes on by itself to --max-instructions")
        ->type_name("FILE");
    app.add_option("--save", options.save,
                   "Save the machine's state at the end of the run, all but the content of its images")
        ->type_name("FILE");
    add_parsed_option(
        app, "--max-instructions", [&](Text text) { options.max_instructions = parse_number(text); },
        "End after so many guest instructions, status 124", "N");
    add_parsed_option(
        app, "--timeout", [&](Text text) { options.timeout = parse_seconds(text); },
        "End after so many seconds of the host, status 124", "SECONDS");
    add_parsed_option(
        app, "--hash-every", [&](Text text) { options.checkpoint_interval = parse_interval(text); },
        "Hash the machine's state every so many instructions, into --stats", "N");
}

void declare_trace(CLI::App& app, RunOptions& options) {
    trace::TraceOptions& trace = options.trace;
    app.add_option("--trace", trace.path, "Record every instruction there (calque help trace)")
        ->type_name("FILE")
        ->group("Trace");
    add_parsed_option(
        app, "--trace-filter", [&](Text text) { trace::check_recording_filter(text), trace.filter = text; },
        "Only instructions for which that holds: ip=A-B, cpl=N, mode=M, count=N-M, and, or, not", "EXPR")
        ->group("Trace");
    add_parsed_option(
        app, "--trace-ring", [&](Text text) { trace.ring = trace::parse_ring(text); },
        "Keep the last N instructions in memory, written at the end; k, M and G are units", "N")
        ->group("Trace");
    constexpr const char* when = "at=ADDRESS, count=N, exception=VECTOR or interrupt=VECTOR";
    add_parsed_option(
        app, "--trace-start", [&](Text text) { trace.start = trace::parse_trigger(text); },
        fmt::format("Not before {}", when), "WHEN")
        ->group("Trace");
    add_parsed_option(
        app, "--trace-stop", [&](Text text) { trace.stop = trace::parse_trigger(text); },
        fmt::format("Not behind {}", when), "WHEN")
        ->group("Trace");
}

void complete_trace(const RunOptions& options) {
    const trace::TraceOptions& trace = options.trace;
    const bool any = !trace.filter.empty() || trace.ring || trace.start || trace.stop;
    if (trace.path.empty() && any)
        throw UsageError("--trace-filter, --trace-ring, --trace-start and --trace-stop need --trace");
    if (!trace.path.empty() && options.measure.instructions)
        throw UsageError("--measure instructions does not go with --trace");
}

void complete_disks(RunOptions& options) {
    auto& drives = options.machine.drives;
    constexpr std::size_t cdrom_place = 2;
    if (!drives[cdrom_place].path.empty()) {
        if (!options.cdrom.empty()) throw UsageError("--cdrom and --hdc are the same place");
        return;
    }
    drives[cdrom_place] = {.path = options.cdrom, .cdrom = true};
}

/// What the host's network says is not reproducible, so the instruction clock has none unless asked.
void complete_network(RunOptions& options) {
    NetworkOptions& network = options.network;
    const bool has_card = options.machine.nic != NicModel::none;
    if (!options.net_given)
        network.user = user_networking() && has_card && options.machine.clock == ClockKind::real;
    if (network.user && !has_card) throw UsageError("--net user needs a card (--nic)");
    const bool has_rom =
        options.machine.nic == NicModel::rtl8139 || options.machine.nic == NicModel::ne2k_pci;
    if (!options.machine.nic_firmware.empty() && !has_rom)
        throw UsageError("--nic-firmware needs a PCI card");
    if (!network.capture.empty() && !network.user) throw UsageError("--pcap needs --net user");
    network.capture_start = options.machine.rtc_start;
}

void complete_measurements(RunOptions& options) {
    const Measurements& measure = options.measure;
    const bool any =
        measure.decoding || measure.callouts || measure.instructions || measure.startup || measure.code;
    if (options.stats.empty() && any) throw UsageError("--measure needs --stats");
    if (options.stats.empty() && !options.stats_at.empty()) throw UsageError("--stats-at needs --stats");
    if (measure.instructions && options.engine.name != "interpreter")
        throw UsageError("--measure instructions needs --engine interpreter");
    options.engine.count_instructions = measure.instructions;
    options.engine.translator.hash_code = measure.code;
    options.engine.translator.measure_times = measure.callouts || measure.decoding;
}

void check_outputs(const RunOptions& options) {
    for (const std::string& path : {options.screenshot, options.stats, options.save, options.record,
                                    options.network.capture, sound_file(options.sound), options.trace.path}) {
        if (!path.empty()) check_can_create(path);
    }
    if (options.serial == "stdio" && options.serial2 == "stdio")
        throw UsageError("--serial and --serial2 cannot both be stdio");
    if (options.checkpoint_interval != ~0ULL && options.stats.empty())
        throw UsageError("--hash-every needs --stats");
}

/// What the machine is connected to, whatever it is.
void complete_connections(RunOptions& options) {
    complete_network(options);
    complete_measurements(options);
    complete_trace(options);
    options.display = choose_display(options.display);
    if (options.sound.empty()) options.sound = options.display == "none" || options.reverse ? "none" : "sdl";
    if (options.serial.empty())
        options.serial = options.display == "none" && options.monitor != "stdio" ? "stdio" : "none";
    complete_debugging(options);
    check_outputs(options);
}

}  // namespace

void declare_run_options(CLI::App& app, RunOptions& options) {
    declare_machine(app, options);
    declare_boot(app, options);
    declare_disks(app, options);
    declare_connections(app, options);
    declare_network(app, options);
    declare_debugging(app, options);
    declare_bounds(app, options);
    declare_trace(app, options);
}

void complete_run_options(RunOptions& options) {
    MachineConfig& machine = options.machine;
    if (machine.kernel.empty() && !(machine.initrd.empty() && machine.append.empty()))
        throw UsageError("--initrd and --append need --kernel");
    if (machine.clock == ClockKind::instructions && machine.instructions_per_second)
        throw UsageError("--speed needs --clock real (with --clock instructions=NS, NS is the speed)");
    if (!options.record.empty() && !options.replay.empty())
        throw UsageError("--record and --replay cannot go together");
    if (options.resume || options.recording) return complete_connections(options);
    complete_disks(options);
    if (options.rtc.empty()) options.rtc = machine.clock == ClockKind::real ? "utc" : fixed_date;
    machine.rtc_start = parse_rtc(options.rtc);
    complete_connections(options);
}

}  // namespace calque
