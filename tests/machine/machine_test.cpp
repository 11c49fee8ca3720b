// The ways in which a run ends, resets, limits and the two clocks.
#include "machine/state_hash.hpp"
#include "tests/machine/small_machine.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace calque;
using namespace calque::test;
using namespace std::chrono_literals;

namespace {

const Bytes halt_for_ever{0xFA, 0xF4, 0xEB, 0xFD};  // CLI; HLT; JMP to the HLT
const Bytes loop_for_ever{0xEB, 0xFE};

/// Counter 0 at 1193 ticks (1 ms) as a rate generator, its interrupt as vector 8 with a handler that
/// increments BX and ends the interrupt, and a HLT until BX is `ticks`.
Bytes count_ticks(std::uint8_t ticks) {
    const Bytes vector{0x31, 0xC0, 0x8E, 0xD8, 0x8E, 0xD0, 0xBC, 0x00, 0x80,  // DS = SS = 0, SP = 8000h
                       0xC7, 0x06, 0x20, 0x00, 0x00, 0x01,                    // [20h] = 0100h
                       0xC7, 0x06, 0x22, 0x00, 0x00, 0xF0};                   // [22h] = F000h
    const Bytes chips = out(0x20, 0x11) + out(0x21, 0x08) + out(0x21, 0x04) + out(0x21, 0x01) +
                        out(0x21, 0xFE) + out(0x43, 0x34) + out(0x40, 0xA9) + out(0x40, 0x04);
    const Bytes wait{0x31, 0xDB,  0xFB, 0xF4, 0x80,
                     0xFB, ticks, 0x72, 0xFA};  // BX = 0; STI; HLT while BL < ticks
    Bytes code = vector + chips + wait + leave_with(ticks);
    code.resize(0x100, 0x90);
    return code + Bytes{0x43, 0xB0, 0x20, 0xE6, 0x20, 0xCF};  // INC BX; EOI; IRET
}

}  // namespace

TEST_CASE("a byte at the exit port ends the run") {
    const RunResult result = run_code(leave_with(0x21));
    CHECK(result.end == RunEnd::exit_port);
    CHECK(result.value == 0x21);
}

TEST_CASE("the bound is exact") {
    const SmallFirmware firmware(loop_for_ever);
    Machine machine(firmware.config());
    for (const std::uint64_t bound : {1ULL, 2ULL, 1000ULL, 123'457ULL}) {
        CHECK(machine.run({.instructions = bound, .time = {}, .checkpoint = {}}).end == RunEnd::bound);
        CHECK(machine.board().processor().cpu().state.instructions == bound);
    }
}

TEST_CASE("every way to reset") {
    CHECK(run_code(out(0xCF9, 0x06) + halt_for_ever).end == RunEnd::guest_reset);
    CHECK(run_code(out(0x92, 0x03) + halt_for_ever).end == RunEnd::guest_reset);
    CHECK(run_code(out(0x64, 0xFE) + halt_for_ever).end == RunEnd::guest_reset);
    // LIDT of a zero limit and an interrupt.
    const Bytes triple_fault{0x2E, 0x0F, 0x01, 0x1E, 0x08, 0x00, 0xCD,
                             0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00};
    CHECK(run_code(triple_fault).end == RunEnd::triple_fault);
}

TEST_CASE("a reset starts again and keeps RAM") {
    // [0] += 1; leaves with 3 the third time, resets by the keyboard controller before.
    const Bytes code =
        Bytes{0x31, 0xC0, 0x8E, 0xD8, 0xFE, 0x06, 0x00, 0x10, 0xA0, 0x00, 0x10, 0x3C, 0x03, 0x75, 0x02} +
        leave_with_al() + out(0x64, 0xFE) + halt_for_ever;
    const SmallFirmware firmware(code);
    Machine machine(firmware.config());
    const RunResult result = machine.run({.instructions = 10'000, .time = {}, .checkpoint = {}});
    CHECK(result.end == RunEnd::exit_port);
    CHECK(result.value == 3);
}

TEST_CASE("a processor reset with a shutdown status leaves the chips alone") {
    // Masks all interrupts; the second time, which finds CMOS 0Fh set, reads the mask back.
    const Bytes second = Bytes{0xE4, 0x21} + leave_with_al();
    Bytes first = out(0x20, 0x11) + out(0x21, 0x08) + out(0x21, 0x04) + out(0x21, 0x01) + out(0x21, 0xA5) +
                  out(0x70, 0x0F) + out(0x71, 0x05) + out(0x64, 0xFE) + halt_for_ever;
    const Bytes test_status{0xB0, 0x0F, 0xE6, 0x70, 0xE4,
                            0x71, 0x3C, 0x05, 0x75, static_cast<std::uint8_t>(second.size())};
    CHECK(run_code(test_status + second + first).value == 0xA5);
}

TEST_CASE("soft-off through the PIIX4") {
    // Function 1:3 register 40h: PM base C001h; register 80h: enabled; then SLP_EN at C005h.
    const Bytes code{0x66, 0xB8, 0x40, 0x0B, 0x00, 0x80, 0xBA, 0xF8, 0x0C, 0x66, 0xEF,  // CONFADD = 1:3 40h
                     0x66, 0xB8, 0x01, 0xC0, 0x00, 0x00, 0xBA, 0xFC, 0x0C, 0x66, 0xEF, 0x66, 0xB8, 0x80,
                     0x0B, 0x00, 0x80, 0xBA, 0xF8, 0x0C, 0x66, 0xEF, 0x66, 0xB8, 0x01, 0x00, 0x00, 0x00,
                     0xBA, 0xFC, 0x0C, 0x66, 0xEF, 0xB8, 0x00, 0x20, 0xBA, 0x04, 0xC0, 0xEF};
    CHECK(run_code(code + halt_for_ever).end == RunEnd::powered_off);
}

TEST_CASE("HLT skips to the deadline on the instruction clock") {
    const SmallFirmware firmware(count_ticks(50));
    std::vector<StateHash> hashes;
    for (int i = 0; i < 2; ++i) {
        Machine machine(firmware.config());
        CHECK(machine.run({.instructions = 1'000'000, .time = 60s, .checkpoint = {}}).value == 50);
        CHECK(machine.board().clock().now() >= 48'900'000);
        CHECK(machine.board().clock().now() <= 52'000'000);
        CHECK(machine.board().processor().cpu().state.instructions < 1000);
        hashes.push_back(hash_state(machine.board()));
    }
    CHECK(hashes[0] == hashes[1]);
}

TEST_CASE("HLT sleeps on the real clock") {
    const SmallFirmware firmware(count_ticks(50));
    MachineConfig config = firmware.config();
    config.clock = ClockKind::real;
    Machine machine(config);
    const auto started = std::chrono::steady_clock::now();
    CHECK(machine.run({.time = 60s, .checkpoint = {}}).value == 50);
    CHECK(std::chrono::steady_clock::now() - started >= 48ms);
    CHECK(machine.board().processor().cpu().state.instructions < 1000);
}

TEST_CASE("checkpoints come at exact counts and see the same state twice") {
    const SmallFirmware firmware(count_ticks(20));
    std::vector<std::pair<std::uint64_t, std::uint64_t>> seen[2];
    for (auto& checkpoints : seen) {
        Machine machine(firmware.config());
        Board& board = machine.board();
        const auto note = [&] {
            checkpoints.emplace_back(board.processor().cpu().state.instructions,
                                     hash_state(board).combined());
        };
        machine.run({.time = 60s, .checkpoint_interval = 10, .checkpoint = note});
    }
    CHECK(seen[0].size() > 5);
    CHECK(seen[0][0].first == 10);
    CHECK(seen[0][4].first == 50);
    CHECK(seen[0] == seen[1]);
}

TEST_CASE("a message wakes a machine that sleeps for ever") {
    for (const ClockKind clock : {ClockKind::real, ClockKind::instructions}) {
        const SmallFirmware firmware(halt_for_ever);
        MachineConfig config = firmware.config();
        config.clock = clock;
        Machine machine(config);
        std::thread other([&] {
            std::this_thread::sleep_for(20ms);
            machine.events().post([&] { machine.finish({RunEnd::quit, 7}); });
        });
        const RunResult result = machine.run({.time = 60s, .checkpoint = {}});
        other.join();
        CHECK(result.end == RunEnd::quit);
        CHECK(result.value == 7);
    }
}

TEST_CASE("the host's time is a bound for busy and for sleeping guests") {
    for (const Bytes& code : {loop_for_ever, halt_for_ever}) {
        const SmallFirmware firmware(code);
        Machine machine(firmware.config());
        const auto started = std::chrono::steady_clock::now();
        CHECK(machine.run({.time = 30ms, .checkpoint = {}}).end == RunEnd::bound);
        CHECK(std::chrono::steady_clock::now() - started >= 30ms);
    }
}
