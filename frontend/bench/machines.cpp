// How each machine is started.
#include "frontend/bench/machines.hpp"

#include "frontend/bench/bochs.hpp"
#include "frontend/bench/marks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <unistd.h>

namespace calque::bench {
namespace {

void append(Command& command, std::initializer_list<std::string> words) {
    command.insert(command.end(), words);
}

Command qemu_command(const std::string& acceleration, const Load& load) {
    Command command{"qemu-system-i386",
                    "-accel",
                    acceleration,
                    "-m",
                    fmt::format("{}", guest_megabytes),
                    "-display",
                    "none",
                    "-serial",
                    "stdio",
                    "-monitor",
                    "none",
                    "-no-reboot",
                    "-nodefaults",
                    "-vga",
                    "std"};
    if (acceleration != "kvm") append(command, {"-cpu", "max"});
    if (load.kernel.empty())
        append(command, {"-bios", load.rom, "-device", "isa-debug-exit,iobase=0xf4,iosize=1"});
    else
        append(command, {"-kernel", load.kernel, "-initrd", load.initrd, "-append", load.append});
    return command;
}

}  // namespace

Load operations_load() { return {.rom = operations_rom(), .kernel = {}, .initrd = {}, .append = {}}; }

Load linux_load(const LinuxGuest& guest, const std::vector<Task>& tasks) {
    std::vector<std::string> words;
    words.reserve(tasks.size());
    for (const Task& task : tasks) words.push_back(fmt::format("{}:{}", task.program, task.amount));
    return {.rom = {},
            .kernel = guest.kernel,
            .initrd = guest.initrd,
            .append = fmt::format("console=ttyS0,115200 mitigations=off quiet calque.bench={}",
                                  fmt::join(words, ","))};
}

Command calque_command(const CalqueRun& run, const Load& load) {
    Command command{own_path(),    "run",      "--engine",
                    run.engine,    "--memory", fmt::format("{}M", guest_megabytes),
                    "--display",   "none",     "--serial",
                    "stdio",       "--clock",  fmt::format("instructions={}", clock_ns),
                    "--stats",     run.stats,  "--stats-at",
                    border_pattern};
    if (!run.measure.empty()) append(command, {"--measure", run.measure});
    command.insert(command.end(), run.switches.begin(), run.switches.end());
    if (load.kernel.empty())
        append(command, {"--firmware", load.rom, "--exit-port", "--no-reboot"});
    else
        append(command, {"--kernel", load.kernel, "--initrd", load.initrd, "--append", load.append});
    return command;
}

const std::vector<Peer>& peers() {
    static const std::vector<Peer> all{{"qemu", "QEMU (TCG)", std::chrono::minutes(3)},
                                       {"kvm", "QEMU (KVM)", std::chrono::minutes(1)},
                                       {"bochs", "Bochs", std::chrono::minutes(20)}};
    return all;
}

const Peer* find_peer(const std::string& name) {
    const auto found = std::ranges::find(peers(), name, &Peer::name);
    return found == peers().end() ? nullptr : &*found;
}

std::string find_program(const std::string& name) {
    const char* path = std::getenv("PATH");
    std::istringstream folders(path ? path : "");
    for (std::string folder; std::getline(folders, folder, ':');) {
        const std::string file = fmt::format("{}/{}", folder, name);
        if (access(file.c_str(), X_OK) == 0) return file;
    }
    return {};
}

Command peer_command(const Peer& peer, const Load& load, const TemporaryFolder& folder) {
    const bool is_bochs = peer.name == "bochs";
    const std::string program = is_bochs ? "bochs" : "qemu-system-i386";
    if (find_program(program).empty())
        throw std::runtime_error(fmt::format("there is no {} here (Debian has it)", program));
    if (is_bochs) return bochs_command(load, clock_ns, folder);
    if (peer.name != "kvm") return qemu_command("tcg,thread=single", load);
    if (access("/dev/kvm", R_OK | W_OK) != 0)
        throw std::runtime_error("/dev/kvm is not there or not ours to use");
    return qemu_command("kvm", load);
}

}  // namespace calque::bench
