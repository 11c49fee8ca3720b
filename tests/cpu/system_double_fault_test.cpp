// Exceptions while delivering exceptions: every first event by every way in which its gate, that of #DF and
// that of the exception in between can fail, under every engine.
#include "cpu/control_registers.hpp"
#include "tests/cpu/system_table.hpp"

#include <array>
#include <functional>
#include <span>
#include <vector>

namespace calque::test {
namespace {

using M = SystemMachine;

// Vectors, as the manual numbers them.
enum : unsigned {
    de,
    db,
    bp = 3,
    of,
    br,
    ud,
    nm,
    df,
    invalid_tss = 10,
    absent,
    stack,
    protection,
    page,
    ac = 17
};
constexpr unsigned external_vector = 0x40;

// --- How a gate fails to deliver

/// What is wrong with an entry of the IDT, and which exception that means.
struct Flaw {
    const char* name;
    int vector;                ///< -1: nothing is wrong
    std::uint32_t error_code;  ///< without EXT; `of_gate`: it names the entry
    bool of_gate;
};
constexpr std::uint16_t absent_code = (M::free_selector & ~7U) + 8, absent_stack = absent_code + 8,
                        absent_data = absent_code + 24, paged_out_code = 0x800, ring1_code = M::code1 & ~3U;
constexpr std::array flaws{
    Flaw{"none", -1, 0, false},
    Flaw{"gate not present", 11, 2, true},
    Flaw{"not a gate", 13, 2, true},
    Flaw{"null code segment", 13, 0, false},
    Flaw{"data as code segment", 13, M::data0, false},
    Flaw{"code segment not present", 11, absent_code, false},
    Flaw{"descriptor on an absent page", 14, 0, false},
    Flaw{"stack segment of the wrong ring", 10, M::data2 & ~3U, false},
    Flaw{"stack segment not present", 12, absent_stack, false},
};
enum : unsigned {
    sound,
    gate_absent,
    no_gate,
    null_code,
    data_code,
    code_absent,
    code_paged_out,
    bad_stack,
    stack_absent
};

/// The last two go through ring 1, whose stack in the TSS is bad: the processor starts in ring 3.
bool needs_ring1(unsigned flaw) { return flaw >= bad_stack; }

void break_gate(M& machine, unsigned vector, unsigned flaw) {
    static constexpr std::array<std::uint16_t, flaws.size()> targets{
        M::code0, M::code0, M::code0, 0, M::data0, absent_code, paged_out_code, ring1_code, ring1_code};
    unsigned access = M::present | M::user | system_type::interrupt_gate32;
    if (flaw == gate_absent) access &= ~M::present;
    if (flaw == no_gate) access = M::present | M::user | system_type::tss32;
    machine.set_interrupt_gate(vector, targets[flaw], M::handlers + vector * 16, access);
    if (flaw == bad_stack) machine.put32(M::tss + 16, M::data2);
    if (flaw == stack_absent) machine.put32(M::tss + 16, absent_stack | 1);
}

// --- First events

/// What the page directory's second page table leaves out.
constexpr std::uint32_t nowhere = 0x40'0000;

struct Event {
    const char* name;
    unsigned vector;
    std::uint32_t external;  ///< EXT of what fails while it is delivered
    int error_code;          ///< -1: it has none
    std::function<std::vector<std::uint8_t>(M&)> cause;
};

const std::vector<Event>& events() {
    using Bytes = std::vector<std::uint8_t>;
    static const std::vector<Event> all{
        {"#DE", de, 1, -1,
         [](M& m) {
             m.state.gpr[ecx] = 0;
             return Bytes{0xf7, 0xf1};
         }},
        {"INT3", bp, 0, -1, [](M&) { return Bytes{0xcc}; }},
        {"INTO", of, 0, -1,
         [](M& m) {
             m.cpu.set_eflags(flag::of, flag::of);
             return Bytes{0xce};
         }},
        {"INT1", db, 1, -1, [](M&) { return Bytes{0xf1}; }},
        {"#BR", br, 1, -1,
         [](M& m) {
             m.state.gpr[eax] = 5;
             m.put32(M::data, 0);
             m.put32(M::data + 4, 0);
             return Bytes{0x62, 0x05, 0, 0, 2, 0};
         }},
        {"#UD", ud, 1, -1,
         [](M&) {
             return Bytes{0x0f, 0x0b};
         }},
        {"#NM", nm, 1, -1,
         [](M& m) {
             m.state.cr0 |= cr0::ts;
             m.cpu.refresh_mode();
             return Bytes{0xd9, 0xe8};
         }},
        {"#TS", invalid_tss, 1, M::main_ldt + 0x40,
         [](M&) { return Bytes{0xea, 0, 0, 0, 0, M::main_ldt + 0x40, 0}; }},
        {"#NP", absent, 1, absent_data,
         [](M& m) {
             m.state.gpr[eax] = absent_data | 3;
             return Bytes{0x8e, 0xd8};
         }},
        {"#SS", stack, 1, 0,
         [](M& m) {
             m.state.ss().limit = 0xfff;
             m.state.ss().refresh();
             m.cpu.refresh_mode();
             return Bytes{0x50};
         }},
        {"#GP", protection, 1, 0,
         [](M& m) {
             m.state.segments[seg_ds] = {};
             m.cpu.refresh_mode();
             return Bytes{0xa1, 0, 0, 2, 0};
         }},
        {"#PF", page, 1, 4,
         [](M&) {
             return Bytes{0xa1, 0, 0, nowhere >> 16, 0};
         }},
        {"#AC", ac, 1, 0,
         [](M& m) {
             m.state.cr0 |= cr0::am;
             m.cpu.set_eflags(flag::ac, flag::ac);
             return Bytes{0xa1, 1, 0, 2, 0};
         }},
        {"INTR", external_vector, 1, -1,
         [](M& m) {
             m.ports.vector = external_vector;
             m.cpu.set_eflags(flag::interrupt, flag::interrupt);
             m.processor.set_interrupt_line(true);
             return Bytes{0x90};
         }},
        {"INT n", external_vector, 0, -1,
         [](M&) {
             return Bytes{0xcd, external_vector};
         }},
    };
    return all;
}

// --- The manual: "Interrupt and Exception Classes", "Conditions for Generating a Double Fault"

enum class Class { benign, contributory, page_fault, double_fault };

Class class_of(unsigned vector) {
    if (vector == 0 || (vector >= 10 && vector <= 13)) return Class::contributory;
    if (vector == 14) return Class::page_fault;
    return vector == 8 ? Class::double_fault : Class::benign;
}

/// The row and column of the table: what becomes of `second`, raised while delivering `first`.
unsigned combined(unsigned first, unsigned second) {
    static constexpr bool doubles[3][3] = {
        {false, false, false},  // benign first
        {false, true, false},   // contributory first: handled one after the other if a page fault follows
        {false, true, true},    // page fault first
    };
    const auto row = static_cast<unsigned>(class_of(first)), column = static_cast<unsigned>(class_of(second));
    return doubles[row][column] ? df : second;
}

using Flaws = std::array<unsigned, 256>;

/// Which handler is reached with which error code.
Outcome expected_of(const Event& event, const Flaws& gates) {
    unsigned vector = event.vector;
    std::uint32_t external = event.external,
                  error_code = event.error_code < 0 ? 0 : static_cast<std::uint32_t>(event.error_code);
    for (;;) {
        const Flaw& flaw = flaws[gates[vector]];
        if (flaw.vector < 0) return {static_cast<int>(vector), error_code};
        if (vector == df) return {.vector = -2};
        const auto second = static_cast<unsigned>(flaw.vector);
        const unsigned next = combined(vector, second);
        error_code = flaw.error_code + (flaw.of_gate ? vector * 8 : 0);
        if (second != page) error_code |= external;
        if (next == df) error_code = 0;
        external = 1;
        vector = next;
    }
}

// --- Running

constexpr std::uint32_t directory = 0x10'0000, table = 0x10'1000;

void map_memory(M& machine) {
    machine.put32(directory, table | 7);
    for (std::uint32_t at = 0; at < 0x20'0000; at += 0x1000) machine.put32(table + (at >> 12) * 4, at | 7);
    machine.put32(directory + 4, 0);
}

/// The GDT lies so that its second half is on an absent page.
constexpr std::uint32_t gdt_in_two_pages = 0x10'2800;

void start(M& machine) {
    for (std::uint32_t i = 0; i < 0x800; i += 4)
        machine.put32(gdt_in_two_pages + i, machine.get32(M::gdt + i));
    machine.put32(table + (0x10'3000 >> 12) * 4, 0);
    machine.put32(M::tss + 16, M::data1);
    machine.protected_mode(3);
    machine.state.gdtr = {.base = gdt_in_two_pages, .limit = 0xfff};
    machine.state.cr3 = directory;
    machine.state.cr0 |= cr0::pg;
    apply_paging(machine.cpu);
    machine.cpu.refresh_mode();
}

Outcome run(M& machine, const Event& event, const Flaws& gates, std::span<const unsigned> broken) {
    start(machine);
    for (const unsigned vector : broken) break_gate(machine, vector, gates[vector]);
    const Outcome outcome = machine.settle(event.cause(machine));
    machine.processor.set_interrupt_line(false);
    for (const unsigned vector : broken) break_gate(machine, vector, sound);
    return outcome;
}

/// Vectors without an error code leave the frame's EIP where the code would be.
bool has_error_code(int vector) { return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17; }

/// One choice of flaws; at most one of the gates may use ring 1's stack.
void check(M& machine, const Event& event, unsigned first, unsigned second, unsigned third) {
    Flaws gates{};
    gates[event.vector] = first;
    const auto between = static_cast<unsigned>(flaws[first].vector);
    std::vector<unsigned> broken{event.vector};
    if (first != sound && between != event.vector && between != df) {
        gates[between] = second;
        broken.push_back(between);
    }
    if (event.vector != df) {
        gates[df] = third;
        broken.push_back(df);
    }
    Outcome expected = expected_of(event, gates);
    if (!has_error_code(expected.vector)) expected.error_code = 0;
    const Outcome got = run(machine, event, gates, broken);
    const bool good = got == expected;
    if (good) return;
    CAPTURE(event.name);
    CAPTURE(flaws[first].name);
    CAPTURE(flaws[second].name);
    CAPTURE(flaws[third].name);
    CAPTURE(expected.vector);
    CAPTURE(expected.error_code);
    CAPTURE(got.vector);
    CAPTURE(got.error_code);
    REQUIRE(good);
}

/// Ring 1's stack is bad in one way at a time.
bool consistent(unsigned a, unsigned b, unsigned c) {
    unsigned used = 0;
    for (const unsigned flaw : {a, b, c}) {
        if (!needs_ring1(flaw)) continue;
        if (used && used != flaw) return false;
        used = flaw;
    }
    return true;
}

unsigned check_all(M& machine, const Event& event) {
    unsigned cases = 0;
    for (unsigned first = 0; first < flaws.size(); ++first)
        for (unsigned second = 0; second < flaws.size(); ++second)
            for (unsigned third = 0; third < flaws.size(); ++third) {
                if (!consistent(first, second, third)) continue;
                check(machine, event, first, second, third);
                ++cases;
            }
    return cases;
}

}  // namespace

TEST_CASE("table: exceptions while delivering exceptions") {
    under_every_engine(15 * 681, [](M& machine) {
        map_memory(machine);
        machine.set_descriptor(absent_code, 0, 0xf'ffff, 0x1a, M::flat);
        machine.set_descriptor(absent_stack, 0, 0xf'ffff, 0x32, M::flat);
        machine.set_descriptor(absent_data, 0, 0xf'ffff, 0x72, M::flat);
        machine.set_descriptor(M::main_ldt + 0x40, 0x7000, 0x10, 0xe9,
                               M::small16);  // a TSS that is too short
        unsigned cases = 0;
        for (const Event& event : events()) cases += check_all(machine, event);
        return cases;
    });
}

}  // namespace calque::test
