// Every descriptor by every selector, privilege and way of using it, under every engine.
#include "tests/cpu/system_table.hpp"

#include <functional>
#include <string>
#include <vector>

namespace calque::test {
namespace {

using M = SystemMachine;
using manual::AccessByte;
using manual::Fault;
using manual::Reference;

/// One way of using a selector.
struct Use {
    std::string name;
    /// Prepares registers and memory and says which bytes to execute.
    std::function<std::vector<std::uint8_t>(M&, std::uint16_t selector)> instruction;
    std::function<Fault(Reference, AccessByte, unsigned cpl)> rule;
    /// Whether the state is what success makes of it.
    std::function<bool(M&, Reference, AccessByte, unsigned cpl)> done;
};

// --- Loads of segment registers

struct SegmentForms {
    unsigned name;
    std::vector<std::uint8_t> pop, load_pointer;
};
const std::vector<SegmentForms> segment_forms{
    {seg_es, {0x07}, {0xc4}},
    {seg_ss, {0x17}, {0x0f, 0xb2}},
    {seg_ds, {0x1f}, {0xc5}},
    {seg_fs, {0x0f, 0xa1}, {0x0f, 0xb4}},
    {seg_gs, {0x0f, 0xa9}, {0x0f, 0xb5}},
};

bool accessed(M& machine, Reference ref) {
    const std::uint32_t table = ref.ldt() ? M::ldt : M::gdt;
    return ref.null() || machine.get8(table + (ref.selector & ~7U) + 5) & 1;
}

Use load_use(const char* how, unsigned segment, auto instruction) {
    const auto done = [segment](M& machine, Reference ref, AccessByte, unsigned) {
        return machine.state.segments[segment].selector == ref.selector && accessed(machine, ref);
    };
    const auto rule = segment == seg_ss ? manual::stack_load : manual::data_load;
    return {how + std::to_string(segment), instruction, rule, done};
}

std::vector<Use> segment_loads() {
    std::vector<Use> uses;
    for (const SegmentForms& form : segment_forms) {
        uses.push_back(load_use("mov ", form.name, [form](M& machine, std::uint16_t selector) {
            machine.state.gpr[eax] = selector;
            return std::vector<std::uint8_t>{0x8e, byte(0xc0 | form.name << 3)};
        }));
        uses.push_back(load_use("pop ", form.name, [form](M& machine, std::uint16_t selector) {
            machine.push(selector);
            return form.pop;
        }));
        uses.push_back(load_use("load pointer ", form.name, [form](M& machine, std::uint16_t selector) {
            machine.put32(M::data, 0x1234'5678);
            machine.put16(M::data + 4, selector);
            std::vector<std::uint8_t> bytes = form.load_pointer;
            for (const unsigned next : {0x05U, 0U, 0U, M::data >> 16, 0U}) bytes.push_back(byte(next));
            return bytes;
        }));
    }
    return uses;
}

// --- LLDT, LTR, and what only looks

std::vector<std::uint8_t> with_eax(M& machine, std::uint16_t selector, std::vector<std::uint8_t> bytes) {
    machine.state.gpr[eax] = selector;
    return bytes;
}

Use system_use(const char* name, std::uint8_t modrm, auto rule, SegmentRegister CpuState::*loaded) {
    return {name,
            [modrm](M& machine, std::uint16_t selector) {
                return with_eax(machine, selector, {0x0f, 0x00, modrm});
            },
            rule,
            [loaded](M& machine, Reference ref, AccessByte, unsigned) {
                return (machine.state.*loaded).selector == ref.selector;
            }};
}

Use inspection(const char* name, const std::vector<std::uint8_t>& bytes, auto rule) {
    return {name, [bytes](M& machine, std::uint16_t selector) { return with_eax(machine, selector, bytes); },
            [](Reference, AccessByte, unsigned) { return Fault{}; },
            [rule](M& machine, Reference ref, AccessByte access, unsigned cpl) {
                return machine.state.status.zf() == rule(ref, access, cpl);
            }};
}

std::vector<Use> system_uses() {
    return {
        system_use("lldt", 0xd0, manual::ldt_load, &CpuState::ldtr),
        system_use("ltr", 0xd8, manual::task_load, &CpuState::tr),
        inspection("lar", {0x0f, 0x02, 0xc8}, manual::lar),
        inspection("lsl", {0x0f, 0x03, 0xc8}, manual::lsl),
        inspection("verr", {0x0f, 0x00, 0xe0}, manual::verr),
        inspection("verw", {0x0f, 0x00, 0xe8}, manual::verw),
    };
}

// --- Transfers to code segments

bool landed(M& machine, Reference ref, unsigned privilege) {
    return machine.state.rip == M::landing && machine.state.cpl == privilege &&
           machine.state.cs().selector == (ref.selector & 0xfffcU) + privilege && accessed(machine, ref);
}
bool landed_at_cpl(M& machine, Reference ref, AccessByte, unsigned cpl) { return landed(machine, ref, cpl); }
bool landed_at_rpl(M& machine, Reference ref, AccessByte, unsigned) {
    return landed(machine, ref, ref.rpl()) && machine.state.ss().selector == M::datas[ref.rpl()];
}
bool handled(M& machine, Reference ref, AccessByte d, unsigned cpl) {
    const unsigned privilege = d.conforming() ? cpl : d.dpl();
    return landed(machine, ref, privilege) && machine.state.ss().selector == M::datas[privilege];
}

/// Gates and TSSs among the descriptors are left to tables of their own.
bool elsewhere(AccessByte d) { return d.call_gate() || d.task_gate() || d.available_tss(); }

std::vector<std::uint8_t> far_immediate(std::uint8_t opcode, std::uint16_t selector) {
    return {opcode, byte(M::landing), byte(M::landing, 8), byte(M::landing, 16),
            0,      byte(selector),   byte(selector, 8)};
}
std::vector<std::uint8_t> far_memory(M& machine, std::uint8_t modrm, std::uint16_t selector) {
    machine.put32(M::data, M::landing);
    machine.put16(M::data + 4, selector);
    return {0xff, modrm, 0, 0, byte(M::data, 16), 0};
}

std::vector<std::uint8_t> prepare_return(M& machine, std::uint16_t selector, bool interrupt) {
    const unsigned rpl = selector & 3U, cpl = machine.state.cpl;
    if (rpl != cpl) {
        machine.push(M::datas[rpl]);
        machine.push(M::stack3 - 0x100);
    }
    if (interrupt) machine.push(flag::always_one);
    machine.push(selector);
    machine.push(M::landing);
    return {static_cast<std::uint8_t>(interrupt ? 0xcf : 0xcb)};
}

std::vector<std::uint8_t> prepare_interrupt(M& machine, std::uint16_t selector) {
    machine.set_interrupt_gate(0x30, selector, M::landing,
                               M::present | M::user | system_type::interrupt_gate32);
    return {0xcd, 0x30};
}

std::vector<Use> transfers() {
    return {
        {"jmp", [](M&, std::uint16_t s) { return far_immediate(0xea, s); }, manual::far_transfer,
         landed_at_cpl},
        {"call", [](M&, std::uint16_t s) { return far_immediate(0x9a, s); }, manual::far_transfer,
         landed_at_cpl},
        {"jmp m", [](M& m, std::uint16_t s) { return far_memory(m, 0x2d, s); }, manual::far_transfer,
         landed_at_cpl},
        {"call m", [](M& m, std::uint16_t s) { return far_memory(m, 0x1d, s); }, manual::far_transfer,
         landed_at_cpl},
        {"ret", [](M& m, std::uint16_t s) { return prepare_return(m, s, false); }, manual::far_return,
         landed_at_rpl},
        {"iret", [](M& m, std::uint16_t s) { return prepare_return(m, s, true); }, manual::far_return,
         landed_at_rpl},
        {"int", prepare_interrupt, manual::handler, handled},
    };
}

// --- Running

/// One case; false if it went another way than the manual's.
bool agrees(M& machine, const Use& use, Reference ref, AccessByte access, unsigned cpl) {
    machine.protected_mode(cpl);
    const Outcome got = machine.settle(use.instruction(machine, ref.selector));
    const Fault expected = use.rule(ref, access, cpl);
    if (expected) return got == *expected;
    return got == Outcome{} && use.done(machine, ref, access, cpl);
}

unsigned run_accesses(M& machine, const Use& use, Reference ref, unsigned cpl, auto skip) {
    const bool indifferent = ref.null() || !ref.within_table;
    unsigned cases = 0;
    for (unsigned access = 0; access < (indifferent ? 1U : 0x100U); ++access) {
        if (skip(AccessByte{access})) continue;
        if (!indifferent) machine.set_descriptor(ref.selector, 0, 0xf'ffff, access, M::flat);
        const bool good = agrees(machine, use, ref, {access}, cpl);
        ++cases;
        if (good) continue;
        CAPTURE(use.name);
        CAPTURE(cpl);
        CAPTURE(access);
        CAPTURE(ref.selector);
        CAPTURE(machine.state.rip);
        REQUIRE(good);
    }
    return cases;
}

void run_table(const std::vector<Use>& uses, unsigned expected_cases, auto skip) {
    under_every_engine(expected_cases, [&](M& machine) {
        unsigned cases = 0;
        for (const Use& use : uses)
            for (unsigned cpl = 0; cpl < 4; ++cpl)
                for (const Reference ref : references()) cases += run_accesses(machine, use, ref, cpl, skip);
        CHECK(machine.processor.stepped() == 0);  // the engine did it all
        return cases;
    });
}

constexpr unsigned cases_a_use = 4 * 4 * (2 * 256 + 3);
constexpr unsigned skipped_a_use = 4 * 4 * 2 * 5 * 8;  // five types, present or not, of each DPL

}  // namespace

TEST_CASE("table: loads of segment registers") {
    run_table(segment_loads(), 15 * cases_a_use, [](AccessByte) { return false; });
}

TEST_CASE("table: LLDT, LTR, LAR, LSL, VERR, VERW") {
    run_table(system_uses(), 6 * cases_a_use, [](AccessByte) { return false; });
}

TEST_CASE("table: far transfers to code segments") {
    run_table(transfers(), 7 * (cases_a_use - skipped_a_use), elsewhere);
}

}  // namespace calque::test
