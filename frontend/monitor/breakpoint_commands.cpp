// Breakpoints, watchpoints, ports and the magic instruction.
#include "frontend/monitor/command.hpp"
#include "frontend/monitor/expression.hpp"
#include "frontend/parse.hpp"
#include "frontend/usage_error.hpp"

#include <fmt/format.h>

namespace calque {
namespace {

void add_point(const MonitorCall& call, std::string text, std::function<void()> remove) {
    Monitor& monitor = call.monitor;
    const unsigned number = ++monitor.last_point;
    call.say(fmt::format("{}: {}\n", number, text));
    monitor.points[number] = {std::move(text), std::move(remove)};
}

/// r, w or a; what it is without one is given.
struct Accesses {
    bool read, write;
    const char* name() const { return read && write ? "access" : write ? "write" : "read"; }
};
Accesses parse_accesses(Words& words, Accesses otherwise) {
    const auto word = words.optional();
    if (!word) return otherwise;
    if (*word == "r") return {true, false};
    if (*word == "w") return {false, true};
    if (*word == "a") return {true, true};
    throw UsageError(fmt::format("\"{}\" is not r, w or a", *word));
}

MonitorTask break_at(Words& words) {
    const Expression address = parse_expression(words.next("the address"));
    return at_once([=](const MonitorCall& call) {
        const auto linear = static_cast<std::uint32_t>(address(call.cpu()));
        Processor& processor = call.board().processor();
        processor.add_breakpoint(linear);
        add_point(call, fmt::format("breakpoint at {:08x}", linear),
                  [&processor, linear] { processor.remove_breakpoint(linear); });
    });
}

MonitorTask watch_in(Words& words, AddressSpace space) {
    constexpr std::uint64_t largest = 1 << 20, end = 1ULL << 32;
    const Expression address = parse_expression(words.next("the address"));
    const bool has_size =
        !words.done() && !words.starts_with("r") && !words.starts_with("w") && !words.starts_with("a");
    const std::uint64_t size = has_size ? parse_number(words.next("the size"), largest) : 1;
    const Accesses accesses = parse_accesses(words, {false, true});
    if (size == 0) throw UsageError("0 bytes cannot be watched");
    return at_once([=](const MonitorCall& call) {
        const Watchpoint watchpoint{.address = address(call.cpu()) & 0xFFFF'FFFF,
                                    .size = size,
                                    .on_read = accesses.read,
                                    .on_write = accesses.write,
                                    .space = space};
        if (watchpoint.address + size > end) throw std::runtime_error("that reaches above 4 GiB");
        Processor& processor = call.board().processor();
        processor.add(watchpoint);
        add_point(call,
                  fmt::format("{} of {} bytes at {} {:08x}", accesses.name(), size,
                              space == AddressSpace::linear ? "linear" : "physical", watchpoint.address),
                  [&processor, watchpoint] { processor.remove(watchpoint); });
    });
}
MonitorTask watch(Words& words) { return watch_in(words, AddressSpace::linear); }
MonitorTask watch_physical(Words& words) { return watch_in(words, AddressSpace::physical); }

MonitorTask break_port(Words& words) {
    const std::string range = words.next("the port");
    const std::size_t dash = range.find('-');
    PortBreakpoint port;
    port.first = static_cast<std::uint16_t>(parse_number(range.substr(0, dash), 0xFFFF));
    port.last = dash == std::string::npos
                    ? port.first
                    : static_cast<std::uint16_t>(parse_number(range.substr(dash + 1), 0xFFFF));
    if (port.last < port.first) throw UsageError(fmt::format("\"{}\" ends before it starts", range));
    const Accesses accesses = parse_accesses(words, {true, true});
    port.on_read = accesses.read;
    port.on_write = accesses.write;
    return at_once([=](const MonitorCall& call) {
        Processor& processor = call.board().processor();
        processor.add(port);
        add_point(call, fmt::format("{} of ports {:04x}-{:04x}", accesses.name(), port.first, port.last),
                  [&processor, port] { processor.remove(port); });
    });
}

bool parse_switch(Words& words) {
    const std::string word = words.next("on or off");
    if (word != "on" && word != "off") throw UsageError(fmt::format("\"{}\" is not on or off", word));
    return word == "on";
}

MonitorTask break_magic(Words& words) {
    const bool on = parse_switch(words);
    return at_once([=](const MonitorCall& call) { call.board().processor().set_magic_breakpoint(on); });
}

MonitorTask break_triple_fault(Words& words) {
    const bool on = parse_switch(words);
    return at_once([=](const MonitorCall& call) { call.machine().debugger().stop_at_triple_fault(on); });
}

MonitorTask delete_point(Words& words) {
    const std::string which = words.next("the number, or all");
    const std::uint64_t number = which == "all" ? 0 : parse_number(which, ~0U);
    return at_once([=](const MonitorCall& call) {
        auto& points = call.monitor.points;
        if (which == "all") {
            for (const auto& [each, point] : points) point.remove();
            return points.clear();
        }
        const auto found = points.find(static_cast<unsigned>(number));
        if (found == points.end()) throw std::runtime_error(fmt::format("there is no breakpoint {}", number));
        found->second.remove();
        points.erase(found);
    });
}

constexpr MonitorCommand commands[] = {
    {"break", "b", "ADDRESS", "Stop before the instruction at this linear address, or SEGMENT:OFFSET",
     break_at},
    {"watch", "", "ADDRESS [SIZE] [r|w|a]", "Stop behind an access to these bytes (1, w)", watch},
    {"watch-physical", "", "ADDRESS [SIZE] [r|w|a]", "The same by physical address", watch_physical},
    {"break-port", "", "FIRST[-LAST] [r|w|a]", "Stop behind an access to these ports (a)", break_port},
    {"break-magic", "", "on|off", "Stop behind XCHG BX,BX", break_magic},
    {"break-triple-fault", "", "on|off", "Stop before the reset that a triple fault is", break_triple_fault},
    {"delete", "d", "NUMBER|all", "Remove what the commands above have set", delete_point},
};

}  // namespace

std::span<const MonitorCommand> breakpoint_commands() { return commands; }

}  // namespace calque
