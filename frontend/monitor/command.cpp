// The table of commands, help and completion.
#include "frontend/monitor/command.hpp"

#include "devices/keys.hpp"
#include "frontend/usage_error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace calque {
namespace {

bool names(const MonitorCommand& command, std::string_view name) {
    if (command.name == name) return true;
    for (Words words(command.aliases); !words.done();)
        if (words.next("") == name) return true;
    return false;
}

std::string heading(const MonitorCommand& command) {
    std::string text(command.name);
    if (!command.arguments.empty()) text += fmt::format(" {}", command.arguments);
    return text;
}

MonitorTask parse_help(Words& words) {
    const auto name = words.optional();
    if (name && !find_monitor_command(*name))
        throw UsageError(fmt::format("there is no command \"{}\"", *name));
    return at_once([=](const MonitorCall& call) { call.say(monitor_help(name ? *name : "")); });
}

constexpr MonitorCommand help_command{"help", "?", "[COMMAND]", "Tell of a command, or list them all",
                                      parse_help};

}  // namespace

std::span<const MonitorCommand* const> monitor_commands() {
    static const std::vector<const MonitorCommand*> all = [] {
        std::vector<const MonitorCommand*> made{&help_command};
        for (const auto& group :
             {run_commands(), breakpoint_commands(), info_commands(), memory_commands(), outside_commands()})
            for (const MonitorCommand& command : group) made.push_back(&command);
        return made;
    }();
    return all;
}

const MonitorCommand* find_monitor_command(std::string_view name) {
    const auto all = monitor_commands();
    const auto found =
        std::ranges::find_if(all, [=](const MonitorCommand* each) { return names(*each, name); });
    return found == all.end() ? nullptr : *found;
}

/// `x/8i` is `x /8i`, as in gdb and QEMU.
MonitorTask parse_monitor_line(std::string_view line) {
    Words words(line);
    std::string name = words.next("a command");
    std::string spread;
    if (const std::size_t slash = name.find('/'); slash != std::string::npos && slash > 0) {
        spread = fmt::format("{} {}", name.substr(slash), words.rest());
        name.resize(slash);
        words = Words(spread);
    }
    const MonitorCommand* command = find_monitor_command(name);
    if (!command) throw UsageError(fmt::format("there is no command \"{}\"", name));
    MonitorTask task = command->parse(words);
    words.finish();
    return task;
}

std::string monitor_help(std::string_view name) {
    std::string text;
    for (const MonitorCommand* command : monitor_commands()) {
        if (!name.empty() && !names(*command, name)) continue;
        text += fmt::format("{:<34} {}\n", heading(*command), command->help);
        if (!name.empty() && !command->aliases.empty()) text += fmt::format("  also: {}\n", command->aliases);
    }
    return text;
}

std::vector<std::string> complete_monitor_line(std::string_view line) {
    std::vector<std::string> candidates;
    const std::size_t last = line.find_last_of(' ');
    const std::string_view begun = last == std::string_view::npos ? line : line.substr(last + 1);
    const std::string_view first = line.substr(0, line.find(' '));
    if (last == std::string_view::npos || first == "help")
        for (const MonitorCommand* command : monitor_commands()) candidates.emplace_back(command->name);
    else if (first == "info")
        candidates = info_topics();
    std::erase_if(candidates, [=](const std::string& each) { return !each.starts_with(begun); });
    std::ranges::sort(candidates);
    return candidates;
}

}  // namespace calque
