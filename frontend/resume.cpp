// What options may say beside a saved state.
#include "frontend/resume.hpp"

#include "frontend/parse.hpp"
#include "frontend/run_options.hpp"
#include "frontend/usage_error.hpp"
#include "machine/saved_state_file.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <utility>

namespace calque {

namespace {

std::string absolute(const std::string& path) {
    return path.empty() ? path : std::filesystem::absolute(path).string();
}

/// What was given beside --load: some of it is in the state as well.
class GivenOptions {
public:
    GivenOptions(const CLI::App& app, const RunOptions& options)
        : app_(app), options_(options), given_(options.machine) {}

    void check_against(const MachineConfig& saved) const {
        check("--memory", given_.memory == saved.memory, fmt::format("{} KiB", saved.memory >> 10));
        check("--cpu", given_.cpu == saved.cpu, saved.cpu);
        check("--nic", given_.nic == saved.nic, "another card");
        check("--boot", given_.boot == saved.boot, saved.boot);
        check("--append", given_.append == saved.append, fmt::format("\"{}\"", saved.append));
        check_path("--nic-firmware", given_.nic_firmware, saved.nic_firmware);
        check_path("--firmware", given_.firmware, saved.firmware);
        check_path("--vga-firmware", given_.vga_firmware, saved.vga_firmware);
        check_path("--kernel", given_.kernel, saved.kernel);
        check_path("--initrd", given_.initrd, saved.initrd);
        check("--read-only", saved.read_only, "images that can be written");
        if (is_given("--rtc")) check("--rtc", parse_rtc(options_.rtc) == saved.rtc_start, "another date");
    }

    void add_to(MachineConfig& config) const {
        if (is_given("--clock")) {
            config.clock = given_.clock;
            config.nanoseconds_per_instruction = given_.nanoseconds_per_instruction;
            if (!is_given("--speed") && config.clock == ClockKind::instructions)
                config.instructions_per_second = 0;
        }
        if (is_given("--speed")) config.instructions_per_second = given_.instructions_per_second;
        if (is_given("--exit-port")) config.exit_port = given_.exit_port;
        config.no_reboot = given_.no_reboot;
        config.discard_writes |= given_.discard_writes;
        for (std::size_t i = 0; i < config.floppies.size(); ++i) {
            const char* name = i == 0 ? "--fda" : "--fdb";
            if (is_given(name)) move_medium(name, config.floppies[i].has_value(), *given_.floppies[i]);
            if (is_given(name)) config.floppies[i] = given_.floppies[i];
        }
        constexpr const char* disks[] = {"--hda", "--hdb", "--hdc", "--hdd"};
        for (std::size_t i = 0; i < config.drives.size(); ++i) {
            auto& drive = config.drives[i];
            const bool is_cd = drive.cdrom && i == 2 && is_given("--cdrom");
            const char* name = is_cd ? "--cdrom" : disks[i];
            if (!is_given(name)) continue;
            const std::string& path = is_cd ? options_.cdrom : given_.drives[i].path;
            move_medium(name, !drive.path.empty() && drive.cdrom == is_cd, path);
            drive.path = path;
        }
    }

private:
    bool is_given(const std::string& name) const { return app_.count(name) > 0; }
    void check(const std::string& name, bool same, const std::string& saved) const {
        if (is_given(name) && !same) throw UsageError(fmt::format("{}: the saved state has {}", name, saved));
    }
    void check_path(const std::string& name, const std::string& given, const std::string& saved) const {
        check(name, absolute(given) == saved, saved.empty() ? "none" : saved);
    }
    static void move_medium(const char* name, bool there, const std::string& path) {
        if (!there || path.empty())
            throw UsageError(
                fmt::format("{}: the saved state has {} there", name, there ? "a medium" : "none"));
    }

    const CLI::App& app_;
    const RunOptions& options_;
    const MachineConfig& given_;
};

}  // namespace

namespace {

/// The machine is that of a state; `state` is changed to name the media that were given instead.
void take_machine(RunOptions& options, const CLI::App& app, SavedState& state) {
    const GivenOptions given(app, options);
    given.check_against(state.config);
    MachineConfig config = state.config;
    given.add_to(config);
    config.resumes = true;
    for (std::size_t i = 0; i < config.floppies.size(); ++i)
        state.media[i].path = absolute(config.floppies[i].value_or(""));
    for (std::size_t i = 0; i < config.drives.size(); ++i)
        state.media[config.floppies.size() + i].path = absolute(config.drives[i].path);
    options.machine = config;
}

}  // namespace

void take_machine_from_state(RunOptions& options, const CLI::App& app) {
    auto state = std::make_shared<SavedState>(read_state_file(options.load));
    take_machine(options, app, *state);
    options.resume = std::move(state);
}

void take_machine_from_recording(RunOptions& options, const CLI::App& app) {
    if (!options.load.empty()) throw UsageError("--load and --replay cannot go together");
    if (app.count("--net")) throw UsageError("--net: in a replay the network is what was recorded");
    if (app.count("--clock")) throw UsageError("--clock: in a replay the clock is the recorded one");
    auto recording = std::make_shared<Recording>(read_recording(options.replay));
    take_machine(options, app, recording->start);
    if (recording->plugged && options.machine.nic == NicModel::none)
        throw UsageError(fmt::format("recording '{}': is damaged: there is no network card", options.replay));
    options.recording = std::move(recording);
    options.net_given = true;  // none
}

bool complete_recording(RunOptions& options, const CLI::App& app) {
    MachineConfig& machine = options.machine;
    if (app.count("--clock") ? machine.clock != ClockKind::instructions
                             : machine.instructions_per_second != 0)
        throw UsageError("--record needs --clock instructions, which is what it has unless told otherwise");
    return std::exchange(machine.clock, ClockKind::instructions) != ClockKind::instructions;
}

}  // namespace calque
