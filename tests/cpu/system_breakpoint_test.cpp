// Breakpoints on ports, and on what far transfers push.
#include "tests/cpu/system_machine.hpp"

#include <doctest/doctest.h>

namespace calque::test {
namespace {

using M = SystemMachine;

constexpr std::uint32_t on_io = 2U << 16, enabled = 1;
constexpr std::uint32_t length_of(unsigned bytes) { return (bytes - 1) << 18; }

struct IoMachine : M {
    IoMachine(std::uint32_t port, unsigned length) {
        protected_mode();
        state.cr4 |= cr4::de;
        state.dr[0] = port;
        state.dr[7] |= on_io | enabled | length_of(length);
        state.gpr[edx] = 0x3f8;
        state.gpr[ecx] = 2;
        state.gpr[edi] = state.gpr[esi] = data;
        cpu.refresh_mode();
    }
};

constexpr std::uint32_t on_writes = 1U << 16, on_any_access = 3U << 16;

/// In protected mode, with DR0 on four bytes.
struct WatchingMachine : M {
    WatchingMachine(std::uint32_t address, std::uint32_t condition) {
        protected_mode();
        state.dr[0] = address;
        state.dr[7] |= condition | length_of(4) | enabled;
        cpu.refresh_mode();
    }
};
/// What POP SS takes from the stack is watched.
struct PoppingMachine : WatchingMachine {
    PoppingMachine() : WatchingMachine(stack0, on_any_access) { put32(stack0, data0); }
};

}  // namespace

TEST_CASE("an I/O breakpoint traps behind IN, OUT, INS and OUTS that touch its ports") {
    for (const auto& bytes :
         {std::initializer_list<unsigned>{0xec}, {0xed}, {0xee}, {0xef}, {0x6c}, {0x6e}}) {
        IoMachine hit(0x3f8, 1);
        CHECK(hit.execute(bytes).vector == 1);
        CHECK((hit.state.dr[6] & 15) == 1);
        CHECK(hit.stack32(0) == M::code + 1);
        CHECK(hit.ports.reads.size() + hit.ports.writes.size() == 1);
        IoMachine missed(0x3fc, 1);
        CHECK(missed.execute(bytes) == Outcome{});
    }
    IoMachine within(0x3fa, 2);
    CHECK(within.execute({0xed}).vector == 1);  // four bytes from 3F8h
    IoMachine immediate(0x60, 1);
    CHECK(immediate.execute({0xe4, 0x60}).vector == 1);
    IoMachine without_extension(0x3f8, 1);
    without_extension.state.cr4 = 0;
    CHECK(without_extension.execute({0xec}) == Outcome{});
}

TEST_CASE("a repeated INS stops at each iteration that hits") {
    IoMachine machine(0x3f8, 1);
    CHECK(machine.execute({0xf3, 0x6c}).vector == 1);
    CHECK(machine.state.gpr[ecx] == 1);
    CHECK(machine.stack32(0) == M::code);  // to be resumed
}

TEST_CASE("a far call that pushes onto a watched place traps behind itself") {
    for (const std::uint32_t watched : {M::stack0 - 4, M::stack0 - 8, M::stack0 - 12}) {
        WatchingMachine machine(watched, on_writes);
        CAPTURE(watched);
        const bool hit = watched != M::stack0 - 12;
        CHECK(machine.execute({0x9a, M::landing & 0xff, M::landing >> 8, 0, 0, M::code0, 0}).vector ==
              (hit ? 1 : -1));
        if (hit) CHECK(machine.stack32(0) == M::landing);
    }
}

TEST_CASE("what POP SS hits is reported behind the next instruction, even if that is an INT") {
    for (const bool interrupt : {false, true}) {
        PoppingMachine machine;
        CHECK(machine.execute({0x17}) == Outcome{});
        CHECK((machine.state.dr[6] & 15) == 0);
        CHECK((interrupt ? machine.execute({0xcd, 0x30}) : machine.execute({0x90})).vector == 1);
        CHECK((machine.state.dr[6] & 15) == 1);
        CHECK(machine.stack32(0) == (interrupt ? M::handlers + 0x300 : M::code + 2));
    }
}

TEST_CASE("what MOV SS hits and INT1 behind it are one debug exception") {
    PoppingMachine machine;
    CHECK(machine.execute({0x17}) == Outcome{});  // pop ss
    CHECK(machine.execute({0xf1}).vector == 1);
    CHECK((machine.state.dr[6] & 0xf00f) == 1);
    CHECK(machine.stack32(0) == M::code + 2);
    machine.run(1);
    CHECK(machine.state.halted);  // in the handler's first instruction
    CHECK(machine.stack32(0) == M::code + 2);
}

}  // namespace calque::test
