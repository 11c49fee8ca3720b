// Running, standing still, and the machine's buttons.
#include "frontend/monitor/command.hpp"
#include "frontend/monitor/console.hpp"
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

History& history_of(const MonitorCall& call) {
    if (!call.machine().history()) throw std::runtime_error("the machine keeps no history (--reverse)");
    if (!call.machine().debugger().stopped()) throw std::runtime_error("the machine runs: stop it first");
    return *call.machine().history();
}

void say_where(const MonitorCall& call, bool found, const DebugStop& why) {
    if (!found) call.say("the history begins here\n");
    call.machine().debugger().moved(why);
    call.say(stop_text(call.board(), why));
}

MonitorTask reverse_step(Words&) {
    return at_once([](const MonitorCall& call) {
        say_where(call, history_of(call).step_back(), {DebugStop::Reason::step});
    });
}

MonitorTask reverse_continue(Words&) {
    return at_once([](const MonitorCall& call) {
        const auto hit = history_of(call).go_back();
        say_where(call, hit.has_value(), {hit ? DebugStop::Reason::point : DebugStop::Reason::step, hit});
    });
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
    {"reverse-step", "rs", "", "Go back by an instruction or event (--reverse)", reverse_step},
    {"reverse-continue", "rc", "", "Go back to the last breakpoint that was met (--reverse)",
     reverse_continue},
    {"reset", "system_reset", "", "Press the reset button", reset},
    {"power", "system_powerdown", "", "Press the power button, which the guest may take for a wish", power},
    {"quit", "q", "", "End the run, status 0", quit},
};

}  // namespace

std::span<const MonitorCommand> run_commands() { return commands; }

}  // namespace calque
