// Scripts of monitor commands.
#include "frontend/script_runner.hpp"

#include "frontend/command_line.hpp"
#include "frontend/monitor/timer.hpp"
#include "frontend/usage_error.hpp"
#include "machine/file_bytes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace calque {

std::vector<ScriptLine> read_script(const std::string& path) {
    const auto bytes = read_file(path);
    std::string_view rest(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    std::vector<ScriptLine> lines;
    for (unsigned number = 1; !rest.empty(); ++number) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        const std::size_t start = line.find_first_not_of(" \t\r");
        if (start == std::string_view::npos || line[start] == '#') continue;
        try {
            lines.push_back({number, parse_monitor_line(line)});
        } catch (const UsageError& error) {
            throw UsageError(fmt::format("{}:{}: {}", path, number, error.what()));
        }
    }
    return lines;
}

ScriptRunner::ScriptRunner(const std::string& path, Monitor& monitor)
    : path_(path),
      lines_(read_script(path)),
      call_{monitor,
            [](std::string_view text) {
                fmt::print("{}", text);
                std::fflush(stdout);
            }},
      timer_(hundred_times_a_second()) {
    call_.machine().events().watch(timer_.descriptor(), [this] { tick(); });
}

ScriptRunner::~ScriptRunner() { call_.machine().events().unwatch(timer_.descriptor()); }

void ScriptRunner::tick() {
    if (!drain_timer(timer_)) return;
    while (line_ < lines_.size() && advance()) ++line_;
    if (line_ == lines_.size()) call_.machine().events().unwatch(timer_.descriptor());
}

bool ScriptRunner::advance() {
    try {
        return lines_[line_].task(call_);
    } catch (const WaitRanOut& error) {
        give_up(error.what(), exit_status::wait_ran_out);
    } catch (const std::runtime_error& error) {
        give_up(error.what(), exit_status::usage);
    }
    return false;
}

void ScriptRunner::give_up(const std::string& why, int status) {
    fmt::print(stderr, "calque: {}:{}: {}\n", path_, lines_[line_].number, why);
    call_.machine().events().unwatch(timer_.descriptor());
    call_.machine().finish({RunEnd::quit, status});
}

}  // namespace calque
