// What the host says about itself.
#include "frontend/bench/host.hpp"

#include "frontend/bench/native_operations.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <sys/utsname.h>
#include <thread>

namespace calque::bench {
namespace {

std::string processor_name() {
    std::ifstream lines("/proc/cpuinfo");
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
    return "unknown";
}

std::string system_name() {
    utsname name{};
    uname(&name);
    return fmt::format("{} {} {}", name.sysname, name.release, name.machine);
}

}  // namespace

double host_load() {
    double load = 0;
    return getloadavg(&load, 1) == 1 ? load : 0;
}

nlohmann::ordered_json describe_host() {
    return {{"processor", processor_name()},
            {"cores", std::thread::hardware_concurrency()},
            {"system", system_name()},
            {"gigahertz", measure_gigahertz()},
            {"load_before", host_load()},
            {"date", fmt::format("{:%Y-%m-%d %H:%M}", fmt::gmtime(std::time(nullptr)))}};
}

}  // namespace calque::bench
