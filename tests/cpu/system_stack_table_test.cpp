// Every descriptor as the stack of another privilege level, and as each selector of a new task, under every
// engine.
#include "tests/cpu/system_table.hpp"

#include <functional>
#include <vector>

namespace calque::test {
namespace {

using M = SystemMachine;
using manual::AccessByte;
using manual::Fault;
using manual::Reference;

constexpr std::uint16_t gate_slot = in_gdt + 8, task_slot = in_gdt + 16;
constexpr std::uint32_t other_task = 0x7000, other_stack = 0x2'8000;

/// A selector that something else than the instruction's operand supplies.
struct Supply {
    const char* name;
    unsigned from, to;  ///< privilege levels
    std::function<std::vector<std::uint8_t>(M&, std::uint16_t selector)> instruction;
    std::function<Fault(Reference, AccessByte)> rule;
    std::function<bool(M&, Reference)> done;
};

// --- Stacks: "RET", "IRET" and "Stack Switching"

/// The rules of both, which differ in the vector.
Fault stack_rule(Reference ref, AccessByte d, unsigned privilege, int vector) {
    if (ref.null()) return manual::fault(vector, 0);
    const bool fits = ref.rpl() == privilege && d.writable() && d.dpl() == privilege;
    if (!ref.within_table || !fits) return manual::fault(vector, ref.code());
    if (!d.present()) return manual::fault(manual::ss, ref.code());
    return {};
}

bool on_stack(M& machine, Reference ref, unsigned privilege) {
    return machine.state.rip == M::landing && machine.state.cpl == privilege &&
           machine.state.ss().selector == ref.selector;
}

Supply outward(bool interrupt, unsigned to) {
    const auto prepare = [interrupt, to](M& machine, std::uint16_t selector) {
        machine.push(selector);
        machine.push(other_stack);
        if (interrupt) machine.push(flag::always_one);
        machine.push(M::codes[to]);
        machine.push(M::landing);
        return std::vector<std::uint8_t>{static_cast<std::uint8_t>(interrupt ? 0xcf : 0xcb)};
    };
    return {interrupt ? "iret" : "ret",
            0,
            to,
            prepare,
            [to](Reference ref, AccessByte d) { return stack_rule(ref, d, to, manual::gp); },
            [to](M& machine, Reference ref) {
                return on_stack(machine, ref, to) && machine.state.gpr[esp] == other_stack;
            }};
}

/// Ring 0's stack is left alone: on it faults are reported.
Supply inward(bool interrupt, unsigned to) {
    const auto prepare = [interrupt, to](M& machine, std::uint16_t selector) -> std::vector<std::uint8_t> {
        machine.put32(M::tss + 4 + 8 * to, other_stack);
        machine.put32(M::tss + 8 + 8 * to, selector);
        if (interrupt) {
            machine.set_interrupt_gate(0x30, M::codes[to], M::landing,
                                       M::present | M::user | system_type::interrupt_gate32);
            return {0xcd, 0x30};
        }
        machine.set_gate(M::gdt_entry(gate_slot), M::codes[to], M::landing,
                         M::present | M::user | system_type::call_gate32);
        return {0x9a, 0, 0, 0, 0, static_cast<std::uint8_t>(gate_slot), 0};
    };
    return {interrupt ? "int" : "call gate",
            3,
            to,
            prepare,
            [to](Reference ref, AccessByte d) {
                const Fault refused = stack_rule(ref, d, to, manual::ts);
                // An expand-down segment with this limit has room for nothing.
                return refused || !d.expand_down() ? refused : manual::fault(manual::ss, ref.code());
            },
            [to, interrupt](M& machine, Reference ref) {
                return on_stack(machine, ref, to) &&
                       machine.state.gpr[esp] == other_stack - (interrupt ? 20 : 16);
            }};
}

// --- Tasks: the table "Exception Conditions Checked During a Task Switch"

void prepare_task(M& machine, unsigned privilege) {
    machine.set_descriptor(M::main_tss, M::tss, 0x2fff, M::present | system_type::tss32_busy, M::small16);
    machine.set_descriptor(task_slot, other_task, 0x67, M::present | system_type::tss32, M::small16);
    for (unsigned i = 0; i < 0x68; i += 4) machine.put32(other_task + i, 0);
    machine.put32(other_task + 4, M::stack0);
    machine.put32(other_task + 8, M::data0);
    machine.put32(other_task + 0x20, M::landing);
    machine.put32(other_task + 0x24, flag::always_one);
    machine.put32(other_task + 0x38, other_stack);
    for (unsigned i = 0; i < segment_count; ++i)
        machine.put32(other_task + 0x48 + 4 * i, (i == seg_cs ? M::codes : M::datas)[privilege]);
    machine.put32(other_task + 0x60, M::main_ldt);
}

/// A fault before the new task has its stack, in a task of ring 0, cannot be reported on it.
Fault reported(Fault fault, unsigned privilege, bool has_stack) {
    if (fault && privilege == 0 && !has_stack) return Outcome{.vector = -2};
    return fault;
}

Fault code_rule(Reference ref, AccessByte d) {
    const bool privilege_fits = d.conforming() ? d.dpl() <= ref.rpl() : d.dpl() == ref.rpl();
    if (ref.null() || !ref.within_table || !d.code() || !privilege_fits)
        return manual::fault(manual::ts, ref.code());
    if (!d.present()) return manual::fault(manual::np, ref.code());
    return {};
}
Fault data_rule(Reference ref, AccessByte d, unsigned cpl) {
    Fault fault = manual::data_load(ref, d, cpl);
    if (fault && fault->vector == manual::gp) fault->vector = manual::ts;
    return fault;
}
Fault ldt_rule(Reference ref, AccessByte d) {
    if (ref.null()) return {};
    if (ref.ldt() || !ref.within_table || !d.ldt() || !d.present())
        return manual::fault(manual::ts, ref.code());
    return {};
}

Supply task_selector(const char* name, unsigned privilege, unsigned offset, auto rule, auto loaded) {
    const auto prepare = [privilege, offset](M& machine, std::uint16_t selector) {
        prepare_task(machine, privilege);
        machine.put16(other_task + offset, selector);
        return std::vector<std::uint8_t>{0xea, 0, 0, 0, 0, static_cast<std::uint8_t>(task_slot), 0};
    };
    return {name, 0, privilege, prepare, rule, [loaded](M& machine, Reference ref) {
                return machine.state.rip == M::landing && loaded(machine.state).selector == ref.selector;
            }};
}

Supply task_segment(unsigned segment, unsigned privilege) {
    const auto rule = [segment, privilege](Reference ref, AccessByte d) {
        if (segment == seg_ss) return reported(stack_rule(ref, d, privilege, manual::ts), privilege, false);
        return data_rule(ref, d, privilege);
    };
    return task_selector("segment of a task", privilege, 0x48 + 4 * segment, rule,
                         [segment](const CpuState& state) { return state.segments[segment]; });
}

std::vector<Supply> task_selectors() {
    std::vector<Supply> all;
    for (unsigned privilege = 0; privilege < 4; ++privilege) {
        for (const unsigned segment : {seg_es, seg_ss, seg_ds, seg_fs, seg_gs})
            all.push_back(task_segment(segment, privilege));
        all.push_back(task_selector(
            "LDT of a task", privilege, 0x60,
            [privilege](Reference ref, AccessByte d) { return reported(ldt_rule(ref, d), privilege, false); },
            [](const CpuState& state) { return state.ldtr; }));
    }
    return all;
}

// --- Running

bool agrees(M& machine, const Supply& supply, Reference ref, AccessByte access) {
    machine.protected_mode(supply.from);
    const Outcome got = machine.settle(supply.instruction(machine, ref.selector));
    if (const Fault expected = supply.rule(ref, access)) return got == *expected;
    return got == Outcome{} && supply.done(machine, ref);
}

unsigned run_accesses(M& machine, const Supply& supply, Reference ref) {
    const bool indifferent = ref.null() || !ref.within_table;
    unsigned cases = 0;
    for (unsigned access = 0; access < (indifferent ? 1U : 0x100U); ++access, ++cases) {
        if (!indifferent) machine.set_descriptor(ref.selector, 0, 0xf'ffff, access, M::flat);
        const bool good = agrees(machine, supply, ref, {access});
        if (good) continue;
        CAPTURE(supply.name);
        CAPTURE(supply.to);
        CAPTURE(ref.selector);
        CAPTURE(access);
        CAPTURE(machine.state.rip);
        REQUIRE(good);
    }
    return cases;
}

constexpr unsigned cases_a_supply = 4 * (2 * 256 + 3);

void run_table(const std::vector<Supply>& supplies) {
    for (const Supply& supply : supplies)
        under_every_engine(cases_a_supply, [&](M& machine) {
            unsigned cases = 0;
            for (const Reference ref : references()) cases += run_accesses(machine, supply, ref);
            return cases;
        });
}

}  // namespace

TEST_CASE("table: stacks of outer rings") {
    std::vector<Supply> supplies;
    for (const unsigned to : {1U, 2U, 3U})
        for (const bool interrupt : {false, true}) supplies.push_back(outward(interrupt, to));
    run_table(supplies);
}

TEST_CASE("table: stacks of inner rings") {
    std::vector<Supply> supplies;
    for (const unsigned to : {1U, 2U})
        for (const bool interrupt : {false, true}) supplies.push_back(inward(interrupt, to));
    run_table(supplies);
}

TEST_CASE("table: the data segments, stack and LDT of a new task") { run_table(task_selectors()); }

TEST_CASE("table: the code segment of a new task") {
    under_every_engine(cases_a_supply, [](M& machine) {
        unsigned cases = 0;
        for (const Reference ref : references()) {
            const unsigned privilege = ref.rpl();
            const Supply supply = task_selector(
                "code segment of a task", privilege, 0x48 + 4 * seg_cs,
                [privilege](Reference r, AccessByte d) {
                    return reported(code_rule(r, d), privilege, false);
                },
                [](const CpuState& state) { return state.cs(); });
            cases += run_accesses(machine, supply, ref);
        }
        return cases;
    });
}

}  // namespace calque::test
