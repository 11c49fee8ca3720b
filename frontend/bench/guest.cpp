// Finds the guests.
#include "frontend/bench/guest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace calque::bench {
namespace {

namespace files = std::filesystem;

/// GROUP NAME COMMAND...
Program parse_program(const std::string& line) {
    std::istringstream words(line);
    Program program;
    words >> program.group >> program.name;
    for (std::string word; words >> word;) program.native.push_back(word);
    return program;
}

}  // namespace

const Program* LinuxGuest::find(const std::string& name) const {
    const auto found = std::ranges::find(programs, name, &Program::name);
    return found == programs.end() ? nullptr : &*found;
}

LinuxGuest open_linux_guest(const std::string& folder) {
    LinuxGuest guest{folder + "/vmlinuz", folder + "/initrd.gz", {}};
    const std::string list = folder + "/programs.txt";
    for (const std::string& file : {guest.kernel, guest.initrd, list})
        if (!files::exists(file))
            throw std::runtime_error(fmt::format(
                "there is no {} (bench/make-guest makes the Linux guest and its programs)", file));
    std::ifstream lines(list);
    for (std::string line; std::getline(lines, line);)
        if (!line.empty()) guest.programs.push_back(parse_program(line));
    return guest;
}

std::string own_path() { return files::read_symlink("/proc/self/exe").string(); }

std::string default_guest_folder() {
    return (files::path(own_path()).parent_path().parent_path() / "bench").string();
}

std::string operations_rom() {
    const files::path rom = files::path(own_path()).parent_path() / "roms" / "nano_bench.bin";
    if (!files::exists(rom))
        throw std::runtime_error(fmt::format("there is no {} (a build makes it)", rom.string()));
    return rom.string();
}

}  // namespace calque::bench
