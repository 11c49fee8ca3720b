// Every call gate, task gate and TSS by privilege, target and way of using it, under every engine.
#include "tests/cpu/system_table.hpp"

#include <array>
#include <vector>

namespace calque::test {
namespace {

using M = SystemMachine;
using manual::AccessByte;
using manual::Fault;
using manual::Reference;

constexpr std::uint16_t gate_slot = in_gdt + 8;
constexpr std::uint32_t other_task = 0x7000, flags_of_new_task = 0x0002;
constexpr unsigned parameters = 3;

std::vector<std::uint8_t> far_immediate(bool jump, std::uint16_t selector) {
    return {byte(jump ? 0xea : 0x9a), 0, 0, 0, 0, byte(selector), byte(selector, 8)};
}

// --- Call gates

struct GateCase {
    AccessByte gate;
    Reference by;  ///< the selector that names the gate
    Reference target;
    AccessByte code;
    unsigned cpl;
    bool jump;
};

Fault expected_of(const GateCase& c) {
    if (const Fault refused = manual::gate(c.by, c.gate, c.cpl)) return refused;
    return manual::gate_target(c.target, c.code, c.cpl, c.jump);
}

/// How far the stack has moved, and whose it is.
bool stack_is_right(M& machine, const GateCase& c) {
    const unsigned width = c.gate.type() == 12 ? 4 : 2;
    const bool inner = !c.code.conforming() && c.code.dpl() < c.cpl;
    const unsigned items = c.jump ? 0 : inner ? 4 + parameters : 2;
    return machine.state.gpr[esp] == M::stacks[inner ? c.code.dpl() : c.cpl] - items * width;
}

bool agrees(M& machine, const GateCase& c) {
    machine.set_descriptor(in_gdt, 0, 0xf'ffff, c.code.value, M::flat);
    machine.set_gate(M::gdt_entry(gate_slot), c.target.selector, M::landing, c.gate.value, parameters);
    machine.protected_mode(c.cpl);
    const Outcome got = machine.settle(far_immediate(c.jump, c.by.selector));
    if (const Fault expected = expected_of(c)) return got == *expected;
    const unsigned privilege = c.code.conforming() ? c.cpl : c.code.dpl();
    return got == Outcome{} && machine.state.rip == M::landing && machine.state.cpl == privilege &&
           machine.state.cs().selector == in_gdt + privilege && stack_is_right(machine, c);
}

void check(M& machine, const GateCase& c) {
    const bool good = agrees(machine, c);
    if (good) return;
    CAPTURE(c.gate.value);
    CAPTURE(c.by.selector);
    CAPTURE(c.target.selector);
    CAPTURE(c.code.value);
    CAPTURE(c.cpl);
    CAPTURE(c.jump);
    REQUIRE(good);
}

/// All targets of one gate. A gate that cannot be used is as good with one target as with all.
unsigned try_targets(M& machine, GateCase c) {
    c.target = {in_gdt | 2, true};
    const bool usable = !manual::gate(c.by, c.gate, c.cpl);
    unsigned cases = 0;
    for (unsigned access = 0; access < (usable ? 0x100U : 1U); ++access, ++cases) {
        c.code = {access};
        check(machine, c);
    }
    for (const Reference bad : {Reference{2, true}, Reference{beyond_gdt, false}}) {
        c.target = bad;
        check(machine, c);
        ++cases;
    }
    return cases;
}

/// Calls `try_one` for each gate type, presence, DPL, RPL and CPL.
unsigned for_each_gate(std::initializer_list<unsigned> types, auto try_one) {
    unsigned cases = 0;
    for (const unsigned type : types)
        for (unsigned access = 0; access < 8; ++access)
            for (std::uint16_t rpl = 0; rpl < 4; ++rpl)
                for (unsigned cpl = 0; cpl < 4; ++cpl)
                    cases += try_one(AccessByte{(access & 4) << 5 | (access & 3) << 5 | type}, rpl, cpl);
    return cases;
}

// --- Tasks

struct TaskCase {
    enum class Way { jump, call, interrupt } way;
    bool through_gate;
    AccessByte gate;
    std::uint16_t rpl;  ///< of the selector that is used
    Reference tss;      ///< what the gate names; directly: the TSS itself
    AccessByte access;  ///< of the TSS
    unsigned cpl;
};

constexpr unsigned vector = 0x30;

Fault expected_of(const TaskCase& c) {
    if (!c.through_gate) return manual::direct_task(c.tss, c.access, c.cpl);
    const Reference by{static_cast<std::uint16_t>(gate_slot | c.rpl), true};
    const Fault refused = c.way == TaskCase::Way::interrupt
                              ? manual::interrupt_gate(vector * 8 + 2, c.gate, c.cpl)
                              : manual::gate(by, c.gate, c.cpl);
    return refused ? refused : manual::task(c.tss, c.access);
}

void prepare_task(M& machine, bool wide) {
    const unsigned width = wide ? 4 : 2, first = wide ? 0x20 : 0x0e, segments = wide ? 0x48 : 0x22;
    for (unsigned i = 0; i < 0x68; i += 4) machine.put32(other_task + i, 0);
    const auto put = [&](unsigned at, std::uint32_t value) { machine.put16(other_task + at, value); };
    put(first, M::landing);
    put(first + width, flags_of_new_task);
    put(first + width * (2 + esp), 0x7e00);
    for (unsigned i = 0; i < 4; ++i) put(segments + width * i, i == seg_cs ? M::code0 : M::data0);
}

/// "Task Switching": what it leaves in TR, CR0, EFLAGS, the descriptors and the link.
bool switched(M& machine, const TaskCase& c) {
    const bool nested = c.way != TaskCase::Way::jump;
    const bool old_busy = machine.get8(M::gdt_entry(M::main_tss) + 5) & 2;
    const bool new_busy = machine.get8(M::gdt_entry(in_gdt) + 5) & 2;
    return machine.state.rip == M::landing && machine.state.cpl == 0 &&
           machine.state.gpr[esp] % 0x1'0000 == 0x7e00 && (machine.state.tr.selector & ~3U) == in_gdt &&
           (machine.state.cr0 & cr0::ts) && new_busy && old_busy == nested &&
           machine.cpu.flag_set(flag::nt) == nested &&
           machine.get16(other_task) == (nested ? M::main_tss : 0) && machine.get16(M::tss + 0x4c) != 0;
}

std::vector<std::uint8_t> task_instruction(const TaskCase& c) {
    if (c.way == TaskCase::Way::interrupt) return {0xcd, vector};
    const std::uint16_t selector =
        c.through_gate ? static_cast<std::uint16_t>(gate_slot | c.rpl) : c.tss.selector;
    return far_immediate(c.way == TaskCase::Way::jump, selector);
}

bool agrees(M& machine, const TaskCase& c) {
    prepare_task(machine, c.access.type() & 8);
    machine.set_descriptor(M::main_tss, M::tss, 0x2fff, M::present | system_type::tss32_busy, M::small16);
    machine.set_descriptor(in_gdt, other_task, 0x67, c.access.value, M::small16);
    machine.set_descriptor(in_ldt, other_task, 0x67, c.access.value, M::small16);
    machine.set_gate(M::gdt_entry(gate_slot), c.tss.selector, 0, c.gate.value);
    machine.set_interrupt_gate(vector, c.tss.selector, 0, c.gate.value);
    machine.protected_mode(c.cpl);
    const Outcome got = machine.settle(task_instruction(c));
    if (const Fault expected = expected_of(c)) return got == *expected;
    return got == Outcome{} && switched(machine, c);
}

void check(M& machine, const TaskCase& c) {
    const bool good = agrees(machine, c);
    if (good) return;
    CAPTURE(int(c.way));
    CAPTURE(c.through_gate);
    CAPTURE(c.gate.value);
    CAPTURE(c.rpl);
    CAPTURE(c.tss.selector);
    CAPTURE(c.access.value);
    CAPTURE(c.cpl);
    CAPTURE(machine.state.rip);
    REQUIRE(good);
}

constexpr std::array ways{TaskCase::Way::jump, TaskCase::Way::call, TaskCase::Way::interrupt};
constexpr std::array tss_types{1U, 3U, 9U, 11U};

unsigned try_tasks(M& machine, TaskCase c) {
    unsigned cases = 0;
    for (const unsigned type : tss_types)
        for (unsigned access = 0; access < 8; ++access, ++cases) {
            c.access = {access << 5 | type};
            check(machine, c);
        }
    return cases;
}

}  // namespace

TEST_CASE("table: call gates") {
    // 30 of the 64 combinations of DPL, RPL and CPL may use a gate.
    under_every_engine(2 * 2 * (30 * 258 + (128 - 30) * 3), [](M& machine) {
        unsigned cases = 0;
        for (const bool jump : {false, true})
            cases += for_each_gate({4, 12}, [&](AccessByte gate, std::uint16_t rpl, unsigned cpl) {
                const Reference by{static_cast<std::uint16_t>(gate_slot | rpl), true};
                return try_targets(machine, {gate, by, {}, {}, cpl, jump});
            });
        return cases;
    });
}

TEST_CASE("table: task gates") {
    under_every_engine(3 * 4 * 128 * 32, [](M& machine) {
        unsigned cases = 0;
        for (const TaskCase::Way way : ways)
            for (const Reference tss : {Reference{in_gdt, true}, Reference{in_gdt | 3, true},
                                        Reference{in_ldt, true}, Reference{beyond_gdt, false}})
                cases += for_each_gate({5}, [&](AccessByte gate, std::uint16_t rpl, unsigned cpl) {
                    return try_tasks(machine, {way, true, gate, rpl, tss, {}, cpl});
                });
        return cases;
    });
}

TEST_CASE("table: task-state segments") {
    under_every_engine(2 * 4 * 4 * 2 * 32, [](M& machine) {
        unsigned cases = 0;
        for (const TaskCase::Way way : {TaskCase::Way::jump, TaskCase::Way::call})
            for (std::uint16_t rpl = 0; rpl < 4; ++rpl)
                for (unsigned cpl = 0; cpl < 4; ++cpl)
                    for (const std::uint16_t place : {in_gdt, in_ldt}) {
                        const Reference tss{static_cast<std::uint16_t>(place | rpl), true};
                        cases += try_tasks(machine, {way, false, {}, rpl, tss, {}, cpl});
                    }
        return cases;
    });
}

}  // namespace calque::test
