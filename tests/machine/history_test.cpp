// Backwards through a run: each position that it had, and each breakpoint that it met.
#include "machine/history.hpp"

#include "machine/state_hash.hpp"
#include "tests/machine/small_machine.hpp"

#include <doctest/doctest.h>

using namespace calque;
using namespace calque::test;

namespace {

constexpr std::uint32_t code = 0xF'0000;

/// Counter 0 at 93 ticks, whose handler at F000:0100h increments BX; the rest increments AX, stores it at
/// [500h] and waits in HLT each time that its low byte is 0.
Bytes busy() {
    Bytes bytes = Bytes{0x31, 0xC0, 0x8E, 0xD8, 0x8E, 0xD0, 0xBC, 0x00, 0x80, 0xC7, 0x06,
                        0x20, 0x00, 0x00, 0x01, 0xC7, 0x06, 0x22, 0x00, 0x00, 0xF0} +
                  out(0x20, 0x11) + out(0x21, 0x08) + out(0x21, 0x04) + out(0x21, 0x01) + out(0x21, 0xFE) +
                  out(0x43, 0x34) + out(0x40, 0x5D) + out(0x40, 0x00) + Bytes{0x31, 0xC9, 0xFB};
    bytes = bytes + Bytes{0x41, 0x89, 0x0E, 0x00, 0x05, 0x84, 0xC9, 0x75, 0xF7, 0xF4, 0xEB, 0xF4};
    bytes.resize(0x100, 0x90);
    return bytes + Bytes{0x43, 0xB0, 0x20, 0xE6, 0x20, 0xCF};
}

struct Place {
    std::uint64_t instructions, hash;
    bool operator==(const Place&) const = default;
};

/// A machine that stands where a run of so many instructions has left it.
class PastMachine {
public:
    explicit PastMachine(std::uint64_t instructions) : firmware_(busy()), machine_(firmware_.config()) {
        machine_.keep_history();
        machine_.debugger().on_stop([this](const DebugStop&) { machine_.finish({RunEnd::quit}); });
        run(instructions);
    }
    Machine& machine() { return machine_; }
    History& history() { return *machine_.history(); }
    void run(std::uint64_t instructions) {
        machine_.debugger().go();
        machine_.run({.instructions = instructions, .time = {}, .checkpoint = {}});
        machine_.debugger().stop();
    }
    void step() {
        machine_.debugger().step();
        machine_.run({.time = {}, .checkpoint = {}});
    }
    Place here() { return {count(), hash_state(machine_.board()).combined()}; }
    std::uint64_t count() { return machine_.board().processor().cpu().state.instructions; }
    std::uint32_t pc() {
        const CpuState& state = machine_.board().processor().cpu().state;
        return static_cast<std::uint32_t>(state.cs().base + state.rip);
    }

private:
    SmallFirmware firmware_;
    Machine machine_;
};

}  // namespace

TEST_CASE("step by step back is step by step forward, backwards") {
    PastMachine m(200'000);
    std::vector<Place> forward{m.here()};
    for (int i = 0; i < 300; ++i) {
        m.step();
        forward.push_back(m.here());
    }
    for (std::size_t i = forward.size() - 1; i-- > 0;) {
        CAPTURE(i);
        REQUIRE(m.history().step_back());
        REQUIRE(m.here() == forward[i]);
    }
}

TEST_CASE("the history begins where it began") {
    PastMachine m(3);
    for (std::uint64_t count : {2U, 1U, 0U}) {
        CHECK(m.history().step_back());
        CHECK(m.count() == count);
    }
    CHECK_FALSE(m.history().step_back());
    CHECK_FALSE(m.history().go_back());
    CHECK(m.count() == 0);
}

TEST_CASE("back to the breakpoints that were met, the last first") {
    PastMachine m(100'000);
    m.machine().board().processor().add_breakpoint(code + 0x100);
    std::uint64_t before = m.count();
    for (int i = 0; i < 5; ++i) {
        REQUIRE(m.history().go_back());
        CHECK(m.pc() == code + 0x100);
        CHECK(m.count() < before);
        before = m.count();
    }
    m.machine().board().processor().remove_breakpoint(code + 0x100);
    m.machine().board().processor().add(Watchpoint{.address = 0x500, .size = 2});
    const std::uint64_t stored = m.machine().board().memory().read(0x500, 2);
    REQUIRE(m.history().go_back());
    CHECK(m.machine().board().memory().read(0x500, 2) == stored - 1);
}

TEST_CASE("a breakpoint that was passed on the way is met on the way back, and again behind it") {
    PastMachine m(50'000);
    Processor& processor = m.machine().board().processor();
    processor.add_breakpoint(code + 0x100);
    m.machine().debugger().go();
    m.machine().run({.time = {}, .checkpoint = {}});
    const Place there = m.here();
    REQUIRE(m.pc() == code + 0x100);
    m.step();
    REQUIRE(m.history().go_back());
    CHECK(m.here() == there);
    REQUIRE(m.history().go_back());
    REQUIRE(m.here() != there);
    m.machine().debugger().go();
    m.machine().run({.time = {}, .checkpoint = {}});
    CHECK(m.here() == there);
}

TEST_CASE("forward again from the past ends as it ended before") {
    PastMachine m(150'000);
    const Place end = m.here();
    for (int i = 0; i < 20; ++i) m.history().step_back();
    m.run(150'000);
    CHECK(m.here() == end);
}

TEST_CASE("keys come again at their places, and a reset is a step") {
    PastMachine m(100'000);
    std::vector<Place> places;
    for (const Key key : {Key::a, Key::b}) {
        m.machine().inputs().key(key, true);
        m.run(m.count() + 150'000);
        places.push_back(m.here());
    }
    const std::uint64_t before_reset = m.count();
    m.machine().inputs().reset();
    m.run(before_reset + 50'000);
    const Place end = m.here();
    REQUIRE(end.instructions == before_reset + 50'000);

    m.machine().board().processor().add_breakpoint(0xF'FFF0);
    m.machine().board().processor().add_breakpoint(code);
    REQUIRE(m.history().go_back());
    CHECK(m.pc() == code);
    m.machine().board().processor().remove_breakpoint(code);
    REQUIRE(m.history().step_back());  // over the jump at the reset vector
    CHECK(m.pc() == 0xFFFF'FFF0);
    CHECK(m.count() == before_reset);
    REQUIRE(m.history().step_back());  // over the reset
    CHECK(m.here() == places[1]);
    REQUIRE(m.history().step_back());
    CHECK(m.count() == before_reset - 1);
}
