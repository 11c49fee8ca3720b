// Hardware task switches: 16- and 32-bit TSSs, by JMP, CALL, IRET, gates and interrupts.
#include "tests/cpu/system_machine.hpp"

#include <doctest/doctest.h>

namespace calque::test {
namespace {

using M = SystemMachine;
constexpr std::uint16_t task = M::free_selector, gate = M::free_selector + 8;
constexpr std::uint32_t other = 0x6000, entry = 0x1'a000, task_stack = 0x5'0000;
constexpr unsigned available32 = M::present | M::user | system_type::tss32;
constexpr unsigned available16 = M::present | M::user | system_type::tss16;

/// A 32-bit task in ring 0.
void make_task32(M& machine) {
    machine.set_descriptor(task, other, 0x67, available32, 0);
    machine.put32(other + 0x20, entry);
    machine.put32(other + 0x24, flag::always_one | flag::cf);
    for (unsigned i = 0; i < 8; ++i) machine.put32(other + 0x28 + 4 * i, 0x100 + i);
    machine.put32(other + 0x28 + 4 * esp, task_stack);
    for (unsigned i = 0; i < 6; ++i) machine.put32(other + 0x48 + 4 * i, i == seg_cs ? M::code0 : M::data0);
    machine.put32(other + 0x60, M::main_ldt);
    machine.put16(other + 0x64, 0);
}

void make_task16(M& machine) {
    machine.set_descriptor(task, other, 0x2b, available16, 0);
    machine.put16(other + 0x0e, 0xa000);
    machine.put16(other + 0x10, flag::always_one);
    for (unsigned i = 0; i < 8; ++i) machine.put16(other + 0x12 + 2 * i, 0x100 + i);
    for (unsigned i = 0; i < 4; ++i) machine.put16(other + 0x22 + 2 * i, i == seg_cs ? M::code0 : M::data0);
    machine.put16(other + 0x2a, M::main_ldt);
}

unsigned type_of(M& machine, std::uint16_t selector) { return machine.get8(M::gdt_entry(selector) + 5) & 15; }
Outcome far_direct(M& machine, bool call, unsigned selector) {
    return machine.execute({call ? 0x9aU : 0xeaU, 0, 0, 0, 0, selector, 0});
}

}  // namespace

TEST_CASE("JMP to a TSS saves the old task and loads the new one") {
    M machine;
    make_task32(machine);
    machine.protected_mode();
    machine.state.gpr[ebx] = 0xb0b0;
    machine.cpu.set_eflags(flag::zf, flag::status);
    REQUIRE(far_direct(machine, false, task) == Outcome{});
    CHECK(machine.state.rip == entry);
    CHECK(machine.state.gpr[eax] == 0x100);
    CHECK(machine.state.gpr[esp] == task_stack);
    CHECK(machine.state.status.cf());
    CHECK(machine.state.tr.selector == task);
    CHECK(machine.state.ldtr.selector == M::main_ldt);
    CHECK((machine.state.cr0 & cr0::ts));
    CHECK(type_of(machine, task) == system_type::tss32_busy);
    CHECK(type_of(machine, M::main_tss) == system_type::tss32);
    CHECK(machine.get32(M::tss + 0x20) == M::code + 7);
    CHECK((machine.get32(M::tss + 0x24) & flag::status) == flag::zf);
    CHECK(machine.get32(M::tss + 0x28 + 4 * ebx) == 0xb0b0);
    CHECK(machine.get32(M::tss + 0x4c) == M::code0);
    CHECK_FALSE(machine.cpu.flag_set(flag::nt));
}

TEST_CASE("CALL links the tasks and IRET goes back") {
    M machine;
    make_task32(machine);
    machine.set_gate(M::gdt_entry(gate), task, 0, M::present | system_type::task_gate);
    for (const std::uint16_t through : {task, gate}) {
        machine.protected_mode();
        REQUIRE(far_direct(machine, true, through) == Outcome{});
        CHECK(machine.cpu.flag_set(flag::nt));
        CHECK(machine.get16(other) == M::main_tss);
        CHECK(type_of(machine, M::main_tss) == system_type::tss32_busy);
        CHECK(type_of(machine, task) == system_type::tss32_busy);
        machine.state.gpr[ecx] = 0xc0c0;
        REQUIRE(machine.execute({0xcf}) == Outcome{});
        CHECK(machine.state.rip == M::code + 7);
        CHECK(machine.state.tr.selector == M::main_tss);
        CHECK(type_of(machine, task) == system_type::tss32);
        CHECK(machine.get32(other + 0x28 + 4 * ecx) == 0xc0c0);
        CHECK_FALSE((machine.get32(other + 0x24) & flag::nt));
        CHECK(machine.state.gpr[esp] == M::stack0);
    }
}

TEST_CASE("a 16-bit task") {
    M machine;
    make_task16(machine);
    machine.protected_mode();
    REQUIRE(far_direct(machine, true, task) == Outcome{});
    CHECK(machine.state.rip == 0xa000);
    CHECK(machine.state.gpr[ebx] == 0xffff'0103);
    CHECK(machine.state.segments[seg_fs].attributes == 0);
    CHECK(machine.cpu.flag_set(flag::nt));
    REQUIRE(machine.execute({0xcf}) == Outcome{});
    CHECK(machine.state.rip == M::code + 7);
    CHECK(machine.get16(other + 0x0e) == 0xa001);
}

TEST_CASE("an exception through a task gate pushes its error code on the new stack") {
    M machine;
    make_task32(machine);
    machine.protected_mode();
    machine.set_interrupt_gate(13, task, 0, M::present | system_type::task_gate);
    machine.state.gpr[eax] = 0xff8;
    machine.place({0x8e, 0xd8});
    machine.put8(entry, 0xf4);
    machine.run(1);
    CHECK(machine.state.tr.selector == task);
    CHECK(machine.state.gpr[esp] == task_stack - 4);
    CHECK(machine.stack32(0) == 0xff8);
    CHECK(machine.get32(M::tss + 0x20) == M::code);
    CHECK(machine.get16(other) == M::main_tss);
}

TEST_CASE("a task that cannot be switched to leaves the old one as it was") {
    M machine;
    struct Case {
        unsigned access, limit, selector;
        Outcome outcome;
    };
    for (const Case& c : {Case{available32 & ~M::present, 0x67, task, {11, task}},
                          Case{available32 | 2, 0x67, task, {13, task}},  // busy
                          Case{available32, 0x66, task, {10, task}},
                          Case{available32 & ~M::user, 0x67, task | 3, {13, task}}}) {
        make_task32(machine);
        machine.set_descriptor(task, other, c.limit, c.access, 0);
        machine.protected_mode();
        CAPTURE(c.access);
        CHECK(far_direct(machine, false, c.selector) == c.outcome);
        CHECK(machine.state.tr.selector == M::main_tss);
        CHECK(machine.stack32(1) == M::code);
    }
}

TEST_CASE("faults of the new task are raised in it") {
    M machine;
    struct Case {
        unsigned field;
        std::uint16_t selector;
        Outcome outcome;
    };
    machine.set_descriptor(gate + 8, 0, 0xfffff, 0x12, M::flat);  // data, not present
    for (const Case& c : {Case{0x54, 0xff0, {10, 0xff0}}, Case{0x50, M::data3, {10, M::data3 & ~3U}},
                          Case{0x60, M::data0, {10, M::data0}}, Case{0x54, gate + 8, {11, gate + 8}}}) {
        make_task32(machine);
        machine.put32(other + c.field, c.selector);
        machine.protected_mode();
        machine.set_segment(seg_ss, M::data0);
        if (c.field != 0x54) {  // without a stack only a task could handle it
            machine.place({0xea, 0, 0, 0, 0, task, 0});
            CHECK(machine.processor.run(machine.state.instructions + 1) == ExitReason::shutdown);
            continue;
        }
        CAPTURE(c.field);
        CHECK(far_direct(machine, false, task) == c.outcome);
        CHECK(machine.state.tr.selector == task);
        CHECK(machine.stack32(1) == entry);
    }
}

TEST_CASE("the T bit traps when the task starts") {
    M machine;
    make_task32(machine);
    machine.put16(other + 0x64, 1);
    machine.protected_mode();
    CHECK(far_direct(machine, false, task).vector == 1);
    CHECK((machine.state.dr[6] & 1U << 15));
    CHECK(machine.stack32(0) == entry);
}

TEST_CASE("a task in virtual-8086 mode") {
    M machine;
    make_task32(machine);
    machine.put32(other + 0x24, flag::always_one | flag::vm);
    for (unsigned i = 0; i < 6; ++i) machine.put32(other + 0x48 + 4 * i, 0x1000 + 0x100 * i);
    machine.put32(other + 0x20, 0x10);
    machine.protected_mode();
    REQUIRE(far_direct(machine, false, task) == Outcome{});
    CHECK(machine.cpu.vm86());
    CHECK(machine.state.cpl == 3);
    CHECK(machine.state.segments[seg_gs].base == 0x1'5000);
    CHECK(machine.state.cs().base == 0x1'1000);
}

}  // namespace calque::test
