// Command lines: Calque's engines and other emulators, each running the same guests.
#pragma once

#include "frontend/bench/child.hpp"
#include "frontend/bench/guest.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace calque::bench {

using Command = std::vector<std::string>;

/// What a machine is to run. Empty kernel: the ROM of single operations.
struct Load {
    std::string rom;
    std::string kernel, initrd, append;
};
Load operations_load();
/// The programs, each with what its work is multiplied by.
struct Task {
    std::string program;
    double amount = 1;
};
Load linux_load(const LinuxGuest& guest, const std::vector<Task>& tasks);

/// `calque run` of this program, on the instruction clock, so that every run retires the same instructions.
struct CalqueRun {
    std::string engine;
    std::string measure;                ///< `--measure`
    std::vector<std::string> switches;  ///< of the engine
    std::string stats;                  ///< file
};
Command calque_command(const CalqueRun& run, const Load& load);

/// Guest nanoseconds an instruction in those runs and in Bochs's: what a guest waits for costs fewer
/// instructions than at 1.
inline constexpr int clock_ns = 4;

/// Of every machine: the programs of the distribution fill half of it.
inline constexpr int guest_megabytes = 512;

/// Another emulator.
struct Peer {
    std::string name;                 ///< as on the command line
    std::string title;                ///< as in reports
    std::chrono::seconds boot_limit;  ///< to the first word of the Linux guest, on a busy host
};
/// All that are known, found or not.
const std::vector<Peer>& peers();
const Peer* find_peer(const std::string& name);
/// `folder` takes what a peer wants as files. Throws std::runtime_error if the peer, or what it needs for
/// this load, is not installed.
Command peer_command(const Peer& peer, const Load& load, const TemporaryFolder& folder);

/// What the host has of a program, by PATH; empty: nothing.
std::string find_program(const std::string& name);

}  // namespace calque::bench
