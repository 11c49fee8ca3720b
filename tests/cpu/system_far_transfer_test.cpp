// CALL, JMP and RET far: segments, call gates, privileges; SYSENTER and SYSEXIT.
#include "tests/cpu/system_machine.hpp"

#include <doctest/doctest.h>

namespace calque::test {
namespace {

using M = SystemMachine;
constexpr std::uint16_t tested = M::free_selector;
constexpr std::uint32_t target = 0x1'a000;

/// Executes CALL or JMP ptr16:32.
Outcome direct(M& machine, bool call, unsigned selector, std::uint32_t offset) {
    return machine.execute({call ? 0x9aU : 0xeaU, offset & 0xff, offset >> 8 & 0xff, offset >> 16 & 0xff,
                            offset >> 24, selector & 0xff, selector >> 8});
}

}  // namespace

TEST_CASE("JMP and CALL to code segments of every type, DPL and RPL") {
    M machine;
    for (const unsigned cpl : {0U, 1U, 3U})
        for (unsigned access = 0x10; access < 0x100; access += access % 0x20 == 0x1f ? 0x11 : 1)
            for (unsigned rpl = 0; rpl < 4; ++rpl) {
                const bool call = (access ^ rpl) & 1;
                machine.protected_mode(cpl);
                machine.set_descriptor(tested, 0, 0xfffff, access, M::flat);
                const unsigned type = access & 15, dpl = access >> 5 & 3;
                const bool conforming = (type & 0xc) == 0xc;
                const bool allowed = type >= 8 && (conforming ? dpl <= cpl : rpl <= cpl && dpl == cpl);
                Outcome expected{};
                if (!allowed)
                    expected = {13, tested};
                else if (!(access & 0x80))
                    expected = {11, tested};
                CAPTURE(cpl);
                CAPTURE(access);
                CAPTURE(rpl);
                REQUIRE(direct(machine, call, tested | rpl, target) == expected);
                if (expected.vector >= 0) continue;
                CHECK(machine.state.rip == target);
                CHECK(machine.state.cs().selector == (tested | cpl));
                CHECK(machine.state.cpl == cpl);
                if (!call) continue;
                CHECK(machine.stack32(0) == M::code + 7);
                CHECK((machine.stack32(1) & 3) == cpl);
            }
}

TEST_CASE("a target outside the limit faults before anything is pushed") {
    M machine;
    machine.protected_mode(3);
    machine.set_descriptor(tested, 0, 0xff, 0xfa, 0x4);
    machine.put32(M::stack3 - 4, 0x1111'1111);
    CHECK(direct(machine, true, tested | 3, 0x100) == Outcome{13, 0});
    CHECK(machine.get32(M::stack3 - 4) == 0x1111'1111);
    machine.protected_mode(3);
    CHECK(direct(machine, true, tested | 3, 0xff) == Outcome{});
    CHECK(machine.get32(M::stack3 - 4) == M::code3);
}

TEST_CASE("behind the last instruction of a budget nothing is fetched, so that an interrupt comes first") {
    M machine;
    machine.protected_mode(0);
    machine.set_descriptor(tested, 0, 0xff, 0x9a, 0x4);
    machine.place({0xea, 0xff, 0, 0, 0, tested & 0xff, tested >> 8});
    machine.put16(0xff, 0xc033);  // XOR EAX, EAX, whose second byte lies behind the limit
    machine.run(1);
    CHECK(machine.state.rip == 0xff);
    CHECK_FALSE(machine.cpu.exception_pending);
    machine.run(1);
    CHECK(machine.handler() == 13);
}

TEST_CASE("real mode: CALL far and RET far with parameters") {
    M machine;
    machine.real_mode();
    CHECK(machine.execute({0x9a, 0x34, 0x12, 0x00, 0x10}) == Outcome{});
    CHECK(machine.state.cs().base == 0x1'0000);
    CHECK(machine.state.rip == 0x1234);
    CHECK(machine.state.gpr[esp] == 0x6ffc);
    CHECK(machine.stack16(0) == 5);
    CHECK(machine.execute({0xca, 0x08, 0x00}) == Outcome{});
    CHECK(machine.state.cs().base == 0);
    CHECK(machine.state.gpr[esp] == 0x7008);
}

TEST_CASE("a call gate to more privilege copies parameters, and RET drops them on both stacks") {
    M machine;
    for (const bool wide : {true, false}) {
        machine.protected_mode(3);
        machine.set_gate(M::gdt_entry(tested), M::code0, wide ? target : target & 0xffff,
                         M::present | M::user | (wide ? system_type::call_gate32 : system_type::call_gate16),
                         2);
        machine.state.gpr[esp] = M::stack3 - 8;
        machine.put32(M::stack3 - 8, 0xaaaa'bbbb);
        machine.put32(M::stack3 - 4, 0xcccc'dddd);
        REQUIRE(direct(machine, true, tested | 3, 0xdead'beef) == Outcome{});
        CHECK(machine.state.cpl == 0);
        CHECK(machine.state.cs().selector == M::code0);
        CHECK(machine.state.rip == (wide ? target : target & 0xffff));
        if (!wide) {
            CHECK(machine.state.gpr[esp] == M::stack0 - 12);
            CHECK(machine.stack16(0) == (M::code & 0xffff) + 7);
            CHECK(machine.stack16(2) == 0xbbbb);
            CHECK(machine.stack16(3) == 0xaaaa);
            CHECK(machine.stack16(5) == M::data3);
            continue;
        }
        CHECK(machine.state.gpr[esp] == M::stack0 - 24);
        CHECK(machine.stack32(0) == M::code + 7);
        CHECK(machine.stack32(1) == M::code3);
        CHECK(machine.stack32(2) == 0xaaaa'bbbb);
        CHECK(machine.stack32(3) == 0xcccc'dddd);
        CHECK(machine.stack32(4) == M::stack3 - 8);
        CHECK(machine.stack32(5) == M::data3);
        machine.set_segment(seg_ds, M::data0);
        REQUIRE(machine.execute({0xca, 8, 0}) == Outcome{});
        CHECK(machine.state.cpl == 3);
        CHECK(machine.state.gpr[esp] == M::stack3);
        CHECK(machine.state.rip == M::code + 7);
        CHECK(machine.state.segments[seg_ds].attributes == 0);       // ring 0's was dropped
        CHECK(machine.state.segments[seg_es].selector == M::data3);  // ring 3's stays
    }
}

TEST_CASE("a call gate's own checks") {
    M machine;
    struct Case {
        unsigned access, rpl, cpl;
        std::uint16_t code;
        bool call;
        Outcome outcome;
    };
    constexpr unsigned gate = M::present | system_type::call_gate32;
    for (const Case& c :
         {Case{gate, 0, 3, M::code0, true, {13, tested}},  // DPL 0 < CPL
          Case{gate | 0x60, 3, 0, M::code0, true, {}},
          Case{gate | 0x40, 3, 0, M::code0, true, {13, tested}},  // DPL 2 < RPL
          Case{gate & ~M::present, 0, 0, M::code0, true, {11, tested}}, Case{gate, 0, 0, 0, true, {13, 0}},
          Case{gate, 0, 0, 0xff0, true, {13, 0xff0}}, Case{gate, 0, 0, M::data0, true, {13, M::data0}},
          Case{gate, 0, 0, M::code3, true, {13, M::code3 & ~3U}},    // less privileged
          Case{gate | 0x60, 0, 3, M::code0, false, {13, M::code0}},  // JMP may not raise
          Case{gate | 0x60, 0, 3, M::code3, false, {}}}) {
        machine.protected_mode(c.cpl);
        machine.set_gate(M::gdt_entry(tested), c.code, target, c.access);
        CAPTURE(c.access);
        CAPTURE(c.cpl);
        CHECK(direct(machine, c.call, tested | c.rpl, 0) == c.outcome);
        if (c.outcome.vector < 0) CHECK(machine.state.rip == target);
    }
}

TEST_CASE("far pointers in memory") {
    M machine;
    machine.protected_mode();
    machine.put32(M::data, target);
    machine.put16(M::data + 4, M::code0);
    CHECK(machine.execute({0xff, 0x2d, 0, 0, 2, 0}) == Outcome{});  // jmp far [data]
    CHECK(machine.state.rip == target);
    machine.protected_mode();
    CHECK(machine.execute({0xff, 0x1d, 0, 0, 2, 0}) == Outcome{});  // call far [data]
    CHECK(machine.stack32(0) == M::code + 6);
    machine.protected_mode();
    CHECK(machine.execute({0xff, 0xe8}) == Outcome{6, 0});
}

TEST_CASE("every system descriptor that is no target of a jump") {
    M machine;
    for (const unsigned type : {0U, 2U, 3U, 6U, 7U, 8U, 10U, 11U, 13U, 14U, 15U}) {
        machine.protected_mode();
        machine.set_descriptor(tested, 0x6000, 0x67, M::present | type, 0);
        CAPTURE(type);
        CHECK(direct(machine, false, tested, 0) == Outcome{13, tested});
    }
}

TEST_CASE("SYSENTER and SYSEXIT") {
    M machine;
    machine.protected_mode(3);
    CHECK(machine.execute({0x0f, 0x34}) == Outcome{13, 0});  // not configured
    machine.protected_mode(3);
    machine.state.sysenter_cs = M::code0;
    machine.state.sysenter_esp = M::stack0;
    machine.state.sysenter_eip = target;
    machine.state.other_flags |= flag::interrupt;
    CHECK(machine.execute({0x0f, 0x34}) == Outcome{});
    CHECK(machine.state.rip == target);
    CHECK(machine.state.cpl == 0);
    CHECK(machine.state.ss().selector == M::code0 + 8);
    CHECK_FALSE(machine.cpu.flag_set(flag::interrupt));
    machine.state.gpr[edx] = M::code;
    machine.state.gpr[ecx] = M::stack3;
    CHECK(machine.execute({0x0f, 0x35}) == Outcome{});
    CHECK(machine.state.rip == M::code);
    CHECK(machine.state.cs().selector == (M::code0 + 16) + 3);
    CHECK(machine.state.ss().selector == (M::code0 + 24) + 3);
    CHECK(machine.state.gpr[esp] == M::stack3);
    CHECK(machine.execute({0x0f, 0x35}) == Outcome{13, 0});  // not from ring 3
    M old("pentium");
    old.protected_mode();
    CHECK(old.execute({0x0f, 0x34}) == Outcome{6, 0});
}

}  // namespace calque::test
