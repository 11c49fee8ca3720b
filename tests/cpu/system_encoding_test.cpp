// Encodings that the manual lists nowhere or forbids, and what processors make of them.
#include "tests/cpu/system_machine.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace calque::test {
namespace {

using M = SystemMachine;
using Bytes = std::vector<std::uint8_t>;

/// A machine whose memory operands at [EBX] are there.
struct EncodingMachine : M {
    explicit EncodingMachine(const EngineKind& kind) : M(kind) {}
    Outcome operator()(const Bytes& bytes) {
        protected_mode();
        state.gpr[ebx] = data;
        state.gpr[eax] = 1;
        return settle(bytes);
    }
};

constexpr Outcome fine{}, undefined{6, 0}, too_long{13, 0};

/// Runs each under every engine.
void check(const std::vector<Bytes>& encodings, const Outcome& expected) {
    for (const EngineKind& kind : engine_kinds()) {
        EncodingMachine machine(kind);
        for (const Bytes& bytes : encodings) {
            CAPTURE(kind.name);
            const Outcome got = machine(bytes);
            CAPTURE(std::size_t(&bytes - encodings.data()));
            CAPTURE(got.vector);
            CHECK(got == expected);
        }
    }
}

Bytes prefixed(unsigned count, std::uint8_t prefix, Bytes rest) {
    rest.insert(rest.begin(), count, prefix);
    return rest;
}

}  // namespace

TEST_CASE("aliases and undocumented forms execute") {
    check(
        {
            {0xd6},  // SALC
            {0xd0, 0xf0},
            {0xd1, 0xf0},
            {0xd2, 0xf0},
            {0xd3, 0xf0},  // SHL as /6
            {0xc0, 0xf0, 1},
            {0xc1, 0xf0, 1},  //
            {0x82, 0xc0, 1},
            {0x82, 0xf8, 1},
            {0x82, 0x03, 1},  // the byte group again
            {0xf6, 0xc8, 1},
            {0xf7, 0xc8, 1, 0, 0, 0},  // TEST as /1
            {0xdb, 0xe0},
            {0xdb, 0xe1},
            {0xdb, 0xe4},  // FNENI, FNDISI, FNSETPM
            {0xdc, 0xd0},
            {0xdc, 0xd8},
            {0xde, 0xd0},  // FCOM and FCOMP again
            {0xdd, 0xc8},
            {0xdf, 0xc8},  // FXCH again
            {0xd9, 0xd8},
            {0xdf, 0xd0},
            {0xdf, 0xd8},
            {0xdf, 0xc0},  // FSTP again, FFREEP
            {0x0f, 0x20, 0x00},
            {0x0f, 0x20, 0x45},
            {0x0f, 0x21, 0x80},  // MOV from CR, DR: mod is not looked at
            {0x0f, 0x23, 0x00},  //
            {0xf3, 0x40},
            {0xf2, 0x40},
            {0xf3, 0x90},
            {0x66, 0x90},  // prefixes without a meaning
            {0x2e, 0x40},
            {0x67, 0x40},  //
            {0x0f, 0x0d, 0x03},
            {0x0f, 0x1f, 0x03},
            {0x0f, 0x18, 0x03},  // hints
        },
        fine);
}

TEST_CASE("undefined encodings are #UD") {
    check(
        {
            {0x0f, 0x0b},
            {0x0f, 0xb9, 0xc0},
            {0x0f, 0xff, 0xc0},  // UD2, UD1, UD0
            {0xff, 0x3b},
            {0xff, 0xf8},
            {0xfe, 0x13},
            {0xfe, 0xf8},  // no such member of the group
            {0x8f, 0x0b},
            {0xc6, 0x0b, 0},
            {0xc7, 0x0b, 0, 0, 0, 0},  //
            {0x8d, 0xc0},
            {0x62, 0xc0, 0, 0, 0, 0},  // LEA, BOUND of a register
            {0xff, 0xd8},
            {0xff, 0xe8},  // far CALL, JMP through a register
            {0x8c, 0xf0},
            {0x8c, 0xf8},
            {0x8e, 0xc8},
            {0x8e, 0xf0},  // no such segment register, MOV CS
            {0x0f, 0x20, 0xc8},
            {0x0f, 0x22, 0xe8},
            {0x0f, 0x24, 0xc0},  // CR1, CR5, test registers
            {0x0f, 0x00, 0xf0},
            {0x0f, 0x00, 0xf8},
            {0x0f, 0x01, 0xe8},  // groups 6 and 7
            {0x0f, 0xba, 0xc0, 1},
            {0x0f, 0xc7, 0xc8},
            {0x0f, 0xae, 0xc0},  // group 8, CMPXCHG8B and FXSAVE of a register
            {0x0f, 0x01, 0xf8},
            {0x0f, 0xb2, 0xc0},
            {0x0f, 0x01, 0xd0},  // INVLPG, LSS of a register; XGETBV
            {0x0f, 0x05},
            {0x0f, 0x07},
            {0x0f, 0x04},
            {0x0f, 0x0a},  // SYSCALL, SYSRET, nothing
            {0xd9, 0xd1},
            {0xd9, 0xe2},
            {0xdb, 0xe5},
            {0xdd, 0xf0},  // x87 without a meaning
            {0xde, 0xd8},
            {0xdf, 0xe1},
            {0xda, 0xe0},
            {0xd9, 0xef},  //
        },
        undefined);
}

TEST_CASE("LOCK needs a memory destination of an instruction that takes it") {
    check(
        {
            {0xf0, 0x01, 0x03},
            {0xf0, 0x0f, 0xb1, 0x03},
            {0xf0, 0x0f, 0xab, 0x03},
            {0xf0, 0x87, 0x03},
            {0xf0, 0xff, 0x03},
            {0xf0, 0xff, 0x0b},
            {0xf0, 0xf7, 0x13},
            {0xf0, 0xf7, 0x1b},
            {0xf0, 0x80, 0x0b, 1},
            {0xf0, 0x0f, 0xc1, 0x03},
            {0xf0, 0x0f, 0xba, 0x2b, 1},
            {0xf0, 0x0f, 0xc7, 0x0b},
            {0xf0, 0x82, 0x03, 1},
        },
        fine);
    check(
        {
            {0xf0, 0x90},
            {0xf0, 0x01, 0xc3},
            {0xf0, 0x03, 0x03},
            {0xf0, 0x89, 0x03},
            {0xf0, 0x39, 0x03},
            {0xf0, 0x80, 0x3b, 1},
            {0xf0, 0x85, 0x03},
            {0xf0, 0xf7, 0x23},
            {0xf0, 0xff, 0x33},
            {0xf0, 0x0f, 0xa3, 0x03},
            {0xf0, 0x0f, 0xba, 0x23, 1},
            {0xf0, 0xa4},
            {0xf0, 0xfa},
            {0xf0, 0x0f, 0x20, 0xc0},
            {0xf0, 0x87, 0xc3},
            {0xf0, 0xd1, 0x23},
            {0xf0, 0x0f, 0xa5, 0x03},
            {0xf0, 0x63, 0x03},
            {0xf0, 0xc7, 0x03, 0, 0, 0, 0},
        },
        undefined);
}

TEST_CASE("an instruction has at most 15 bytes") {
    check(
        {prefixed(14, 0x66, {0x90}), prefixed(14, 0x2e, {0x40}), prefixed(9, 0x3e, {0xc7, 0x03, 0, 0, 0, 0})},
        fine);
    check(
        {prefixed(15, 0x66, {0x90}), prefixed(15, 0x2e, {0x40}), prefixed(10, 0x3e, {0xc7, 0x03, 0, 0, 0, 0}),
         prefixed(14, 0xf3, {0x0f, 0x0b}), prefixed(15, 0xf0, {0x01, 0x03})},
        too_long);
}

}  // namespace calque::test
