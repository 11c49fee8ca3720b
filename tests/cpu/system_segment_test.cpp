// Loading segment registers: every descriptor type, privilege and way of loading.
#include "tests/cpu/system_machine.hpp"

#include <doctest/doctest.h>

namespace calque::test {
namespace {

constexpr std::uint16_t tested = SystemMachine::free_selector;
constexpr std::uint32_t code_of(std::uint16_t selector) { return selector & 0xfffcU; }

/// What the manual's "MOV - Move" says of loading DS, in its own order.
Outcome expected_for_data(unsigned type, bool system, bool present, unsigned dpl, std::uint16_t selector,
                          unsigned cpl) {
    const unsigned rpl = selector & 3U;
    const bool is_code = !system && type >= 8, readable = is_code && (type & 2),
               conforming = is_code && (type & 4);
    if (system || (is_code && !readable)) return {13, code_of(selector)};
    if ((!is_code || !conforming) && (rpl > dpl || cpl > dpl)) return {13, code_of(selector)};
    if (!present) return {11, code_of(selector)};
    return {};
}

Outcome expected_for_stack(unsigned type, bool system, bool present, unsigned dpl, std::uint16_t selector,
                           unsigned cpl) {
    const bool writable = !system && type < 8 && (type & 2);
    if ((selector & 3U) != cpl || !writable || dpl != cpl) return {13, code_of(selector)};
    if (!present) return {12, code_of(selector)};
    return {};
}

/// Calls `check(access byte, selector, expected outcome for DS, for SS)` for every descriptor and RPL.
template <typename Check>
void for_each_descriptor(unsigned cpl, Check check) {
    for (unsigned access = 0; access < 0x100; ++access)
        for (unsigned rpl = 0; rpl < 4; ++rpl) {
            const auto selector = static_cast<std::uint16_t>(tested | rpl);
            const unsigned type = access & 15, dpl = access >> 5 & 3;
            const bool system = !(access & 0x10), present = access & 0x80;
            check(access, selector, expected_for_data(type, system, present, dpl, selector, cpl),
                  expected_for_stack(type, system, present, dpl, selector, cpl));
        }
}

}  // namespace

TEST_CASE("MOV DS checks type, privilege and presence of every descriptor") {
    SystemMachine machine;
    for (const unsigned cpl : {0U, 1U, 3U})
        for_each_descriptor(cpl, [&](unsigned access, std::uint16_t selector, Outcome expected, Outcome) {
            machine.protected_mode(cpl);
            machine.set_descriptor(tested, 0x1234, 0xff, access, 0);
            machine.state.gpr[eax] = selector;
            const Outcome outcome = machine.execute({0x8e, 0xd8});  // mov ds, ax
            CAPTURE(cpl);
            CAPTURE(access);
            CAPTURE(selector);
            REQUIRE(outcome.vector == expected.vector);
            REQUIRE(outcome.error_code == expected.error_code);
            const SegmentRegister& ds = machine.state.segments[seg_ds];
            REQUIRE((ds.base == 0x1234) == (expected.vector < 0));
            if (expected.vector >= 0) return;
            CHECK((machine.get8(machine.gdt_entry(tested) + 5) & 1) == 1);  // the accessed bit
            CHECK(ds.read_end == ((access & 0xc) == 4 ? 0 : 0x100));        // not for expand-down data
            CHECK(ds.write_end == ((access & 0xe) == 2 ? 0x100 : 0));
        });
}

TEST_CASE("MOV SS wants writable data at exactly CPL") {
    SystemMachine machine;
    for (const unsigned cpl : {0U, 1U, 3U})
        for_each_descriptor(cpl, [&](unsigned access, std::uint16_t selector, Outcome, Outcome expected) {
            machine.protected_mode(cpl);
            machine.set_descriptor(tested, 0, 0xf'ffff, access, SystemMachine::flat);
            machine.state.gpr[eax] = selector;
            const Outcome outcome = machine.execute({0x8e, 0xd0});  // mov ss, ax
            CAPTURE(cpl);
            CAPTURE(access);
            CAPTURE(selector);
            REQUIRE(outcome.vector == expected.vector);
            REQUIRE(outcome.error_code == expected.error_code);
        });
}

TEST_CASE("null selectors, table limits and the LDT") {
    SystemMachine machine;
    const auto load = [&](unsigned modrm, unsigned selector, unsigned cpl = 0) {
        machine.protected_mode(cpl);
        machine.state.gpr[eax] = selector;
        return machine.execute({0x8e, modrm});
    };
    for (unsigned rpl = 0; rpl < 4; ++rpl) {
        CHECK(load(0xd8, rpl) == Outcome{});
        CHECK(machine.state.segments[seg_ds].attributes == 0);
        CHECK(machine.state.segments[seg_ds].selector == rpl);
        CHECK(load(0xd0, rpl) == Outcome{13, 0});
    }
    CHECK(load(0xd8, 0xff8) == Outcome{13, 0xff8});    // inside the limit, but a null descriptor
    CHECK(load(0xd8, 0x1000) == Outcome{13, 0x1000});  // the limit is FFF
    CHECK(load(0xd8, 0x0fff) == Outcome{13, 0xffc});   // local, beyond the LDT's limit
    machine.set_descriptor(0x0f, 0x5555, 0xff, 0xf2, 0);
    CHECK(load(0xd8, 0x0f, 3) == Outcome{});
    CHECK(machine.state.segments[seg_ds].base == 0x5555);
    machine.protected_mode();
    machine.state.ldtr = {};
    machine.state.gpr[eax] = 0x0f;
    const Outcome without_ldt = machine.execute({0x8e, 0xd8});
    CHECK(without_ldt.vector == 13);
    CHECK(without_ldt.error_code == 0xc);
    CHECK(load(0xc8, 0x10) == Outcome{6, 0});  // MOV CS
    CHECK(load(0xf0, 0x10) == Outcome{6, 0});  // no such segment register
}

TEST_CASE("an access through a null segment is a general-protection fault") {
    SystemMachine machine;
    machine.protected_mode();
    machine.state.segments[seg_ds] = {};
    machine.cpu.refresh_mode();
    CHECK(machine.execute({0xa1, 0x00, 0x00, 0x02, 0x00}) == Outcome{13, 0});
}

TEST_CASE("POP of a segment leaves ESP alone when it faults") {
    SystemMachine machine;
    machine.protected_mode();
    machine.state.gpr[esp] = SystemMachine::stack0 - 4;
    machine.put32(SystemMachine::stack0 - 4, 0xff8);
    CHECK(machine.execute({0x1f}) == Outcome{13, 0xff8});  // pop ds
    CHECK(machine.state.gpr[esp] == SystemMachine::stack0 - 4 - 16);
    machine.protected_mode();
    machine.state.gpr[esp] = SystemMachine::stack0 - 4;
    machine.put32(SystemMachine::stack0 - 4, SystemMachine::data0);
    CHECK(machine.execute({0x17}) == Outcome{});  // pop ss
    CHECK(machine.state.gpr[esp] == SystemMachine::stack0);
    CHECK(machine.state.inhibition == Inhibition::by_mov_ss);
}

TEST_CASE("LSS loads both or neither") {
    SystemMachine machine;
    machine.protected_mode();
    machine.put32(SystemMachine::data, 0x1234'5678);
    machine.put16(SystemMachine::data + 4, SystemMachine::data3);
    CHECK(machine.execute({0x0f, 0xb2, 0x25, 0, 0, 2, 0}) == Outcome{13, SystemMachine::data3 & 0xfffc});
    machine.protected_mode();
    machine.put16(SystemMachine::data + 4, SystemMachine::data0);
    CHECK(machine.execute({0x0f, 0xb2, 0x25, 0, 0, 2, 0}) == Outcome{});
    CHECK(machine.state.gpr[esp] == 0x1234'5678);
    CHECK(machine.state.inhibition == Inhibition::none);
}

TEST_CASE("big real mode keeps the limits of protected mode") {
    SystemMachine machine;
    machine.protected_mode();
    machine.state.cr0 &= ~std::uint64_t{cr0::pe};
    machine.cpu.refresh_mode();
    machine.state.gpr[eax] = 0x100;
    CHECK(machine.execute({0x8e, 0xd8}) == Outcome{});
    CHECK(machine.state.segments[seg_ds].base == 0x1000);
    CHECK(machine.state.segments[seg_ds].read_end == 1ULL << 32);
}

TEST_CASE("LAR, LSL, VERR and VERW answer by type and privilege") {
    SystemMachine machine;
    const auto zf_after = [&](std::initializer_list<unsigned> bytes) {
        REQUIRE(machine.execute(bytes) == Outcome{});
        return machine.state.status.zf();
    };
    for (const unsigned cpl : {0U, 3U})
        for_each_descriptor(cpl, [&](unsigned access, std::uint16_t selector, Outcome, Outcome) {
            machine.protected_mode(cpl);
            machine.set_descriptor(tested, 0, 0x123, access, 0x8);
            machine.state.gpr[eax] = selector;
            machine.state.gpr[ecx] = 0xdead;
            const unsigned type = access & 15, dpl = access >> 5 & 3;
            const bool system = !(access & 0x10), conforming = !system && (type & 0xc) == 0xc;
            const bool seen = conforming || (cpl <= dpl && (selector & 3U) <= dpl);
            const bool lsl =
                seen && (!system || type == 1 || type == 2 || type == 3 || type == 9 || type == 11);
            const bool lar = lsl || (seen && (type == 4 || type == 5 || type == 12));
            CAPTURE(cpl);
            CAPTURE(access);
            CAPTURE(selector);
            REQUIRE(zf_after({0x0f, 0x03, 0xc8}) == lsl);  // lsl ecx, eax
            REQUIRE(machine.state.gpr[ecx] == (lsl ? 0x12'3fff : 0xdead));
            machine.state.gpr[ecx] = 0xdead;
            REQUIRE(zf_after({0x0f, 0x02, 0xc8}) == lar);  // lar ecx, eax
            REQUIRE(machine.state.gpr[ecx] == (lar ? access << 8 | 0x80'0000 : 0xdead));
            REQUIRE(zf_after({0x0f, 0x00, 0xe0}) ==
                    (seen && !system && (type < 8 || (type & 2))));                                // verr ax
            REQUIRE(zf_after({0x0f, 0x00, 0xe8}) == (seen && !system && type < 8 && (type & 2)));  // verw ax
        });
    machine.real_mode();
    CHECK(machine.execute({0x0f, 0x00, 0xe0}).vector == 6);
}

TEST_CASE("ARPL raises RPL only") {
    SystemMachine machine;
    for (unsigned old = 0; old < 4; ++old)
        for (unsigned wanted = 0; wanted < 4; ++wanted) {
            machine.protected_mode();
            machine.state.gpr[eax] = 0x100 | old;
            machine.state.gpr[ecx] = wanted;
            REQUIRE(machine.execute({0x63, 0xc8}) == Outcome{});
            CHECK(machine.state.status.zf() == (old < wanted));
            CHECK(machine.state.gpr[eax] == (0x100 | (old < wanted ? wanted : old)));
        }
}

TEST_CASE("ARPL writes only what it changes: otherwise the destination may be read-only") {
    using M = SystemMachine;
    M machine;
    machine.set_descriptor(M::free_selector, 0, 0xf'ffff, M::present | M::segment, M::flat);
    for (unsigned wanted = 0; wanted < 4; ++wanted) {
        machine.protected_mode();
        machine.set_segment(seg_ds, M::free_selector);
        machine.put16(M::data, 0x102);
        machine.state.gpr[ecx] = wanted;
        CAPTURE(wanted);
        CHECK(machine.execute({0x63, 0x0d, 0, 0, 2, 0}) == (wanted == 3 ? Outcome{13, 0} : Outcome{}));
        CHECK(machine.get16(M::data) == 0x102);
    }
}

}  // namespace calque::test
