// A machine that stands still, steps and goes on.
#include "machine/debugger.hpp"

#include "machine/state_hash.hpp"
#include "tests/machine/small_machine.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace calque;
using namespace calque::test;
using namespace std::chrono_literals;

namespace {

const RunLimits patience{.time = 60s, .checkpoint = {}};
constexpr std::uint32_t code = 0xF'0000;

/// INC AX, INC BX, OUT 80h, and again until AX is zero.
const Bytes loop = Bytes{0x40, 0x43, 0xE6, 0x80, 0x85, 0xC0, 0x75, 0xF8} + leave_with(9);

/// Runs a machine and does `what` at each stop, until the guest ends the run.
RunResult debug(Machine& machine, const std::function<void(Debugger&, const DebugStop&)>& what) {
    Debugger& debugger = machine.debugger();
    debugger.on_stop([&](const DebugStop& stop) {
        machine.events().post([&debugger, stop, &what] { what(debugger, stop); });
    });
    debugger.stop();
    return machine.run(patience);
}

}  // namespace

TEST_CASE("a machine that is stopped before it starts stands at its first instruction") {
    const SmallFirmware firmware(loop);
    Machine machine(firmware.config());
    const RunResult result = debug(machine, [&](Debugger& debugger, const DebugStop& stop) {
        CHECK(stop.reason == DebugStop::Reason::asked);
        CHECK(debugger.stopped());
        CHECK(machine.board().processor().cpu().state.instructions == 0);
        CHECK(machine.board().processor().cpu().state.rip == 0xFFF0);
        debugger.go();
    });
    CHECK(result.value == 9);
}

TEST_CASE("steps are single instructions, and several at a time") {
    const SmallFirmware firmware(loop);
    Machine machine(firmware.config());
    const CpuState& state = machine.board().processor().cpu().state;
    unsigned step = 0;
    debug(machine, [&](Debugger& debugger, const DebugStop& stop) {
        if (step > 0) CHECK(stop.reason == DebugStop::Reason::step);
        if (step <= 3) CHECK(state.instructions == step);
        if (step == 4) CHECK(state.instructions == 1003);
        if (step == 4) return debugger.go();
        debugger.step(step++ == 3 ? 1000 : 1);
    });
}

TEST_CASE("a step into an exception ends at its handler") {
    // Vector 6 at F000:0040h; UD2; the handler leaves.
    Bytes firmware_code{0x31, 0xC0, 0x8E, 0xD8, 0x8E, 0xD0, 0xBC, 0x00, 0x80, 0xC7, 0x06, 0x18,
                        0x00, 0x40, 0x00, 0xC7, 0x06, 0x1A, 0x00, 0x00, 0xF0, 0x0F, 0x0B};
    firmware_code.resize(0x40, 0x90);
    const SmallFirmware firmware(firmware_code + leave_with(5));
    Machine machine(firmware.config());
    const CpuState& state = machine.board().processor().cpu().state;
    std::vector<std::uint64_t> places;
    machine.board().processor().add_breakpoint(code + 0x15);
    debug(machine, [&](Debugger& debugger, const DebugStop& stop) {
        places.push_back(state.rip);
        if (stop.reason == DebugStop::Reason::point)
            debugger.step();
        else
            debugger.go();
    });
    CHECK(places == std::vector<std::uint64_t>{0xFFF0, 0x15, 0x40});
}

TEST_CASE("guest time stands still with the machine") {
    for (const std::uint64_t speed : {0U, 1'000'000U}) {
        const SmallFirmware firmware(loop);
        MachineConfig config = firmware.config();
        config.clock = ClockKind::real;
        config.instructions_per_second = speed;
        Machine machine(config);
        machine.board().processor().add_breakpoint(code + 1);
        unsigned stops = 0;
        debug(machine, [&](Debugger& debugger, const DebugStop&) {
            const Nanoseconds before = machine.board().clock().now();
            std::this_thread::sleep_for(30ms);
            CHECK(machine.board().clock().now() == before);
            if (++stops == 20) machine.board().processor().remove_breakpoint(code + 1);
            debugger.go();
        });
        CHECK(stops == 20);
        CHECK(machine.board().clock().now() < 500'000'000);  // 600 ms were slept away
    }
}

TEST_CASE("a halted machine can be stopped, and steps to what wakes it") {
    // Counter 0 wakes; its handler at F000:0100 leaves.
    const Bytes vector{0x31, 0xC0, 0x8E, 0xD8, 0x8E, 0xD0, 0xBC, 0x00, 0x80, 0xC7, 0x06,
                       0x20, 0x00, 0x00, 0x01, 0xC7, 0x06, 0x22, 0x00, 0x00, 0xF0};
    Bytes halting = vector + out(0x20, 0x11) + out(0x21, 0x08) + out(0x21, 0x04) + out(0x21, 0x01) +
                    out(0x21, 0xFE) + out(0x43, 0x34) + out(0x40, 0xFF) + out(0x40, 0xFF) + Bytes{0xFB, 0xF4};
    halting.resize(0x100, 0x90);
    const SmallFirmware firmware(halting + leave_with(3));
    for (const ClockKind clock : {ClockKind::real, ClockKind::instructions}) {
        MachineConfig config = firmware.config();
        config.clock = clock;
        Machine machine(config);
        const CpuState& state = machine.board().processor().cpu().state;
        unsigned steps_halted = 0;
        const RunResult result = debug(machine, [&](Debugger& debugger, const DebugStop&) {
            if (state.rip == 0x100) return debugger.go();
            steps_halted += state.halted;
            debugger.step();
        });
        CHECK(steps_halted == 1);
        CHECK(result.value == 3);
    }
}

TEST_CASE("a triple fault stops if asked, and the reset follows") {
    const Bytes triple_fault{0x2E, 0x0F, 0x01, 0x1E, 0x08, 0x00, 0xCD, 0x03, 0, 0, 0, 0, 0, 0};
    const SmallFirmware firmware(triple_fault);
    MachineConfig config = firmware.config();
    config.no_reboot = true;
    Machine machine(config);
    machine.debugger().stop_at_triple_fault(true);
    std::vector<DebugStop::Reason> reasons;
    const RunResult result = debug(machine, [&](Debugger& debugger, const DebugStop& stop) {
        reasons.push_back(stop.reason);
        debugger.go();
    });
    CHECK(result.end == RunEnd::triple_fault);
    CHECK(reasons == std::vector{DebugStop::Reason::asked, DebugStop::Reason::triple_fault});
}

TEST_CASE("a run in steps and stops ends in the state of a run without") {
    const SmallFirmware firmware(loop);
    Machine plain(firmware.config());
    plain.run(patience);
    const StateHash expected = hash_state(plain.board());
    Machine machine(firmware.config());
    machine.board().processor().add_breakpoint(code + 2);
    unsigned stops = 0;
    debug(machine, [&](Debugger& debugger, const DebugStop&) {
        ++stops;
        if (stops > 1000) machine.board().processor().remove_breakpoint(code + 2);
        if (stops % 3)
            debugger.step(stops % 7 + 1);
        else
            debugger.go();
    });
    CHECK(stops > 1000);
    CHECK(hash_state(machine.board()) == expected);
}
