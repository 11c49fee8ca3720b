// RDRAND and RDSEED.
#include "tests/cpu/system_machine.hpp"

#include <doctest/doctest.h>

namespace calque::test {
namespace {

using M = SystemMachine;

constexpr Outcome fine{}, undefined{6, 0};

/// Executes the instruction's bytes with EAX = AAAAAAAAh and all status flags set.
Outcome execute(M& machine, std::initializer_list<unsigned> bytes) {
    machine.protected_mode();
    machine.state.gpr[eax] = 0xaaaa'aaaa;
    machine.cpu.set_eflags(flag::status, flag::status);
    return machine.execute(bytes);
}

}  // namespace

TEST_CASE("RDRAND and RDSEED fill a register and set CF alone") {
    M machine;
    for (const unsigned modrm : {0xf0U, 0xf8U}) {
        CHECK(execute(machine, {0x0f, 0xc7, modrm}) == fine);
        CHECK(machine.state.gpr[eax] == 0x4433'2211);
        CHECK((machine.state.eflags() & flag::status) == flag::cf);
        CHECK(execute(machine, {0x66, 0x0f, 0xc7, modrm}) == fine);
        CHECK(machine.state.gpr[eax] == 0xaaaa'2211);
    }
}

TEST_CASE("what looks like RDRAND and RDSEED is undefined") {
    M machine;
    for (const unsigned modrm : {0xf0U, 0xf8U, 0x30U, 0x38U}) {
        CAPTURE(modrm);
        CHECK(execute(machine, {0xf3, 0x0f, 0xc7, modrm}) == undefined);
        CHECK(execute(machine, {0xf0, 0x0f, 0xc7, modrm}) == undefined);
        if (modrm < 0xc0) CHECK(execute(machine, {0x0f, 0xc7, modrm}) == undefined);
    }
}

TEST_CASE("older models have no random numbers") {
    for (const char* model : {"486", "pentium", "pentium3", "pentium4"}) {
        M machine(model);
        CHECK(execute(machine, {0x0f, 0xc7, 0xf0}) == undefined);
        CHECK(execute(machine, {0x0f, 0xc7, 0xf8}) == undefined);
    }
}

}  // namespace calque::test
