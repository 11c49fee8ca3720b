// What there is to run: the ROM of single operations, and the Linux guest with its programs.
#pragma once

#include <string>
#include <vector>

namespace calque::bench {

struct Program {
    std::string group, name;
    std::vector<std::string> native;  ///< the command that runs it on the host; its last word is the amount
};

/// A folder that bench/make-guest made.
struct LinuxGuest {
    std::string kernel, initrd;
    std::vector<Program> programs;

    const Program* find(const std::string& name) const;
};

/// Throws std::runtime_error, which says what is missing and how to get it.
LinuxGuest open_linux_guest(const std::string& folder);

/// Beside the program's own folder, where builds have it.
std::string default_guest_folder();
/// Of nano_bench.bin. Throws std::runtime_error if it is not there.
std::string operations_rom();
/// This program itself.
std::string own_path();

}  // namespace calque::bench
