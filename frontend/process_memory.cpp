// Linux's sum over a process's mappings.
#include "frontend/process_memory.hpp"

#include <fmt/format.h>

#include <fstream>

namespace calque {

std::uint64_t memory_of_process(const std::string& process) {
    std::ifstream words(fmt::format("/proc/{}/smaps_rollup", process));
    for (std::string word; words >> word;) {
        if (word != "Pss:") continue;
        std::uint64_t kilobytes = 0;
        words >> kilobytes;
        return kilobytes * 1024;
    }
    return 0;
}

}  // namespace calque
