// Running, standing still, and the machine's buttons.
#include "frontend/monitor/command.hpp"
#include "frontend/parse.hpp"

#include <cstdint>
#include <utility>

namespace calque {
namespace {

MonitorTask stop(Words&) {
    return at_once([](const MonitorCall& call) { call.machine().debugger().stop(); });
}

MonitorTask go_on(Words&) {
    return at_once([](const MonitorCall& call) { call.machine().debugger().go(); });
}

/// Done when the machine stands still again, for those who wait for it.
MonitorTask step(Words& words) {
    const auto word = words.optional();
    const std::uint64_t count = word ? parse_number(*word) : 1;
    if (count == 0) throw std::runtime_error("0 steps lead nowhere");
    return [count, begun = false](const MonitorCall& call) mutable {
        Debugger& debugger = call.machine().debugger();
        if (!begun && !debugger.stopped()) throw std::runtime_error("the machine runs: stop it first");
        if (!std::exchange(begun, true)) debugger.step(count);
        return debugger.stopped();
    };
}

MonitorTask reset(Words&) {
    return at_once([](const MonitorCall& call) { call.machine().inputs().reset(); });
}

MonitorTask power(Words&) {
    return at_once([](const MonitorCall& call) { call.machine().inputs().press_power_button(); });
}

MonitorTask quit(Words&) {
    return [](const MonitorCall& call) {
        call.machine().finish({RunEnd::quit});
        return false;
    };
}

constexpr MonitorCommand commands[] = {
    {"stop", "", "", "Stand still; guest time does too", stop},
    {"continue", "c cont", "", "Go on", go_on},
    {"step", "s si stepi", "[COUNT]", "Execute instructions; an event that is delivered counts as one", step},
    {"reset", "system_reset", "", "Press the reset button", reset},
    {"power", "system_powerdown", "", "Press the power button, which the guest may take for a wish", power},
    {"quit", "q", "", "End the run, status 0", quit},
};

}  // namespace

std::span<const MonitorCommand> run_commands() { return commands; }

}  // namespace calque
