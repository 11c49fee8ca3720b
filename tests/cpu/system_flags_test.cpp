// CLI, STI, PUSHF and POPF at every privilege; VME and PVI; what STI and MOV SS hold back; single steps.
#include "tests/cpu/system_machine.hpp"

#include <doctest/doctest.h>

namespace calque::test {
namespace {

using M = SystemMachine;
constexpr Outcome refused{13, 0};

void set_flags(M& machine, std::uint32_t value) { machine.cpu.set_eflags(value, value); }

}  // namespace

TEST_CASE("CLI and STI by CPL and IOPL") {
    M machine;
    for (const unsigned cpl : {0U, 1U, 3U})
        for (unsigned iopl = 0; iopl < 4; ++iopl)
            for (const bool set : {false, true}) {
                machine.protected_mode(cpl);
                set_flags(machine, iopl << 12 | (set ? 0 : flag::interrupt));
                const bool allowed = cpl <= iopl;
                CAPTURE(cpl);
                CAPTURE(iopl);
                REQUIRE(machine.execute({set ? 0xfbU : 0xfaU}) == (allowed ? Outcome{} : refused));
                if (!allowed) continue;
                CHECK(machine.cpu.flag_set(flag::interrupt) == set);
            }
}

TEST_CASE("PVI: ring 3 without IOPL changes VIF instead") {
    M machine;
    machine.protected_mode(3);
    machine.state.cr4 = cr4::pvi;
    CHECK(machine.execute({0xfb}) == Outcome{});
    CHECK(machine.cpu.flag_set(flag::vif));
    CHECK_FALSE(machine.cpu.flag_set(flag::interrupt));
    CHECK(machine.execute({0xfa}) == Outcome{});
    CHECK_FALSE(machine.cpu.flag_set(flag::vif));
    machine.state.other_flags |= flag::vip;
    CHECK(machine.execute({0xfb}) == refused);
}

TEST_CASE("VME: CLI, STI, PUSHF, POPF and IRET work on VIF") {
    M machine;
    machine.vm86_mode(0);
    machine.state.cr4 = cr4::vme;
    CHECK(machine.execute({0xfb}) == Outcome{});
    CHECK(machine.cpu.flag_set(flag::vif));
    CHECK(machine.execute({0x9c}) == Outcome{});
    CHECK(machine.stack16(0) == (flag::interrupt | flag::iopl | flag::always_one));
    CHECK(machine.execute({0xfa}) == Outcome{});
    CHECK(machine.execute({0x9d}) == Outcome{});
    CHECK(machine.cpu.flag_set(flag::vif));
    CHECK(machine.cpu.iopl() == 0);
    CHECK_FALSE(machine.cpu.flag_set(flag::interrupt));
    machine.state.gpr[esp] = 0x1000 - 6;
    machine.put16(0x2'2000 + 0xffa, 0x77);
    machine.put16(0x2'2000 + 0xffc, M::code >> 4);
    machine.put16(0x2'2000 + 0xffe, 0);
    CHECK(machine.execute({0xcf}) == Outcome{});
    CHECK(machine.state.rip == 0x77);
    CHECK_FALSE(machine.cpu.flag_set(flag::vif));
    CHECK(machine.execute({0x66, 0x9c}) == refused);  // only the 16-bit forms
}

TEST_CASE("VME: the redirection map sends INT n to the 8086 program") {
    M machine;
    machine.vm86_mode(0);
    machine.state.cr4 = cr4::vme;
    machine.state.other_flags |= flag::vif;
    machine.put8(M::tss + 0x1000 - 32 + 6, 0);
    machine.put16(0x30 * 4, 0x55);
    machine.put16(0x30 * 4 + 2, 0x1500);
    CHECK(machine.execute({0xcd, 0x30}) == Outcome{});
    CHECK(machine.cpu.vm86());
    CHECK(machine.state.cs().base == 0x1'5000);
    CHECK(machine.state.rip == 0x55);
    CHECK(machine.stack16(0) == 2);
    CHECK(machine.stack16(2) == (flag::interrupt | flag::iopl | flag::always_one));
    CHECK_FALSE(machine.cpu.flag_set(flag::vif));
    machine.put8(M::tss + 0x1000 - 32 + 6, 1);
    machine.vm86_mode(0);
    machine.state.cr4 = cr4::vme;
    CHECK(machine.execute({0xcd, 0x30}) == refused);
    machine.vm86_mode(3);
    machine.state.cr4 = cr4::vme;
    CHECK(machine.execute({0xcd, 0x30}).vector == 0x30);
}

TEST_CASE("POPF changes what the privilege allows, and no more") {
    M machine;
    for (const unsigned cpl : {0U, 1U, 3U})
        for (const unsigned iopl : {0U, 1U, 3U})
            for (const bool wide : {false, true}) {
                machine.protected_mode(cpl);
                set_flags(machine, iopl << 12);
                machine.state.gpr[esp] -= 4;
                machine.put32(static_cast<std::uint32_t>(machine.state.gpr[esp]), ~flag::tf);
                REQUIRE((wide ? machine.execute({0x9d}) : machine.execute({0x66, 0x9d})) == Outcome{});
                std::uint32_t expected = flag::status | flag::df | flag::nt | flag::always_one | iopl << 12;
                if (wide) expected |= flag::ac | flag::id;
                if (cpl <= iopl) expected |= flag::interrupt;
                if (cpl == 0) expected |= flag::iopl;
                CAPTURE(cpl);
                CAPTURE(iopl);
                CHECK(machine.state.eflags() == expected);
            }
}

TEST_CASE("PUSHF hides VM and RF") {
    M machine;
    machine.vm86_mode(3);
    machine.state.other_flags |= flag::rf;
    CHECK(machine.execute({0x66, 0x9c}) == Outcome{});
    CHECK(machine.stack32(0) == (flag::iopl | flag::always_one));
}

TEST_CASE("an interrupt waits one instruction after STI and MOV SS") {
    M machine;
    machine.protected_mode();
    machine.place({0xfb, 0x40, 0x41});  // sti; inc eax; inc ecx
    machine.processor.set_interrupt_line(true);
    machine.run(3);
    CHECK(machine.handler() == 0x20U);
    CHECK(machine.stack32(0) == M::code + 2);
    machine.protected_mode();
    set_flags(machine, flag::interrupt);
    machine.processor.set_interrupt_line(false);
    machine.state.gpr[eax] = M::data0;
    machine.place({0x8e, 0xd0, 0x41, 0x42});
    machine.run(1);
    machine.processor.set_interrupt_line(true);
    machine.run(2);
    CHECK(machine.stack32(0) == M::code + 3);
    machine.protected_mode();
    set_flags(machine, flag::interrupt);
    machine.processor.set_interrupt_line(false);
    machine.place({0xfb, 0x40});  // STI with IF already set holds nothing back
    machine.run(1);
    CHECK(machine.state.inhibition == Inhibition::none);
}

TEST_CASE("HLT waits for an interrupt and goes on behind itself") {
    M machine;
    machine.protected_mode();
    set_flags(machine, flag::interrupt);
    machine.place({0xf4, 0x40});
    CHECK(machine.processor.run(machine.state.instructions + 5) == ExitReason::halted);
    CHECK(machine.state.halted);
    machine.processor.set_interrupt_line(true);
    machine.run(0);
    CHECK(machine.handler() == 0x20U);
    CHECK(machine.stack32(0) == M::code + 1);
}

TEST_CASE("TF traps after each instruction, with BS in DR6") {
    M machine;
    machine.protected_mode();
    set_flags(machine, flag::tf);
    CHECK(machine.execute({0x40}).vector == 1);
    CHECK(machine.stack32(0) == M::code + 1);
    CHECK((machine.stack32(2) & flag::tf));
    CHECK((machine.state.dr[6] & 1U << 14));
    CHECK_FALSE(machine.cpu.flag_set(flag::tf));
    machine.protected_mode();
    set_flags(machine, flag::tf);
    CHECK(machine.execute({0xcd, 0x30}).vector == 0x30);  // not after the handler was entered
}

TEST_CASE("hints and fences do nothing; INVLPG and CLFLUSH look at their operand as they should") {
    M machine;
    for (const auto& bytes : std::initializer_list<std::initializer_list<unsigned>>{{0x0f, 0x18, 0x00},
                                                                                    {0x0f, 0x1f, 0x00},
                                                                                    {0x0f, 0x0d, 0x00},
                                                                                    {0x0f, 0x1e, 0xfb},
                                                                                    {0x0f, 0xae, 0xe8},
                                                                                    {0x0f, 0xae, 0xf0},
                                                                                    {0x0f, 0xae, 0xf8},
                                                                                    {0x0f, 0x01, 0x38},
                                                                                    {0x0f, 0x08},
                                                                                    {0x0f, 0x09}}) {
        machine.protected_mode();
        machine.state.segments[seg_ds] = {};
        machine.cpu.refresh_mode();
        CHECK(machine.execute(bytes) == Outcome{});
    }
    machine.protected_mode();
    machine.state.segments[seg_ds] = {};
    machine.cpu.refresh_mode();
    CHECK(machine.execute({0x0f, 0xae, 0x38}) == refused);  // clflush
    M old("486");
    old.protected_mode();
    CHECK(old.execute({0x0f, 0x1f, 0x00}).vector == 6);
}

}  // namespace calque::test
