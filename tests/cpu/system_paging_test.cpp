// The system level under paging: implicit supervisor accesses, and faults in the middle that change nothing.
#include "tests/cpu/system_machine.hpp"

#include <doctest/doctest.h>

namespace calque::test {
namespace {

using M = SystemMachine;
constexpr std::uint32_t directory = 0x10'0000, table = 0x10'1000;
constexpr std::uint32_t user_page = 7, supervisor_page = 3, read_only_page = 1, absent_page = 0;

/// A machine whose 2 MiB are mapped to themselves for everybody.
struct PagedMachine : M {
    explicit PagedMachine(unsigned privilege = 0) {
        put32(directory, table | user_page);
        for (std::uint32_t page = 0; page < 512; ++page) map(page << 12, user_page);
        start(privilege);
    }
    void map(std::uint32_t address, std::uint32_t rights) {
        put32(table + (address >> 12) * 4, (address & ~0xfffU) | rights);
    }
    /// Protected mode with paging on.
    void start(unsigned privilege) {
        protected_mode();
        state.cr3 = directory;
        state.gpr[eax] = cr0::pe | cr0::pg | cr0::wp;
        REQUIRE(execute({0x0f, 0x22, 0xc0}) == Outcome{});
        const std::uint16_t stack = privilege == 3 ? data3 : data0;
        set_segment(seg_cs, privilege == 3 ? code3 : code0);
        for (const unsigned name : {seg_ss, seg_ds, seg_es}) set_segment(name, stack);
        state.gpr[esp] = privilege == 3 ? stack3 : stack0;
        state.rip = code;
    }
};

}  // namespace

TEST_CASE("CALL far onto an absent page pushes nothing") {
    PagedMachine machine(3);
    machine.map(M::stack3 - 4, absent_page);
    machine.put32(M::stack3, 0x5555'5555);
    machine.state.gpr[esp] = M::stack3 + 4;
    CHECK(machine.execute({0x9a, 0, 0, 2, 0, M::code3, 0}) == Outcome{14, 6});
    CHECK(machine.state.cr2 == M::stack3 - 4);
    CHECK(machine.get32(M::stack3) == 0x5555'5555);
    CHECK(machine.stack32(1) == M::code);
    CHECK(machine.stack32(4) == M::stack3 + 4);
}

TEST_CASE("IRET whose outer frame is absent returns nowhere") {
    PagedMachine machine;
    const std::uint32_t top = M::stack0 + 0x1000 - 12;
    machine.map(M::stack0 + 0x1000, absent_page);
    machine.state.gpr[esp] = top;
    machine.put32(top, 0x1234);
    machine.put32(top + 4, M::code3);
    machine.put32(top + 8, 2);
    CHECK(machine.execute({0xcf}) == Outcome{14, 0});
    CHECK(machine.state.cr2 == M::stack0 + 0x1000);
    CHECK(machine.state.gpr[esp] == top - 16);
    CHECK(machine.stack32(1) == M::code);
    CHECK(machine.stack32(2) == M::code0);
}

TEST_CASE("descriptor tables and the TSS are read with supervisor rights") {
    PagedMachine machine(3);
    for (const std::uint32_t page : {M::gdt, M::idt, M::tss, M::stack0 - 4})
        machine.map(page, supervisor_page);
    machine.state.gpr[eax] = M::data3;
    CHECK(machine.execute({0x8e, 0xd8}) == Outcome{});
    CHECK(machine.execute({0xcd, 0x30}).vector == 0x30);
    machine.start(3);
    CHECK(machine.execute({0xa1, M::gdt & 0xff, M::gdt >> 8, 0, 0}) == Outcome{14, 5});
}

TEST_CASE("setting the accessed bit in a write-protected table faults, and loads nothing") {
    PagedMachine machine;
    machine.set_descriptor(M::free_selector, 0x1234, 0xff, 0x92, 0);
    machine.map(M::gdt, read_only_page);
    machine.state.gpr[eax] = M::free_selector;
    CHECK(machine.execute({0x8e, 0xd8}) == Outcome{14, 3});
    CHECK(machine.state.segments[seg_ds].selector == M::data0);
    machine.put8(M::gdt_entry(M::free_selector) + 5, 0x93);
    machine.start(0);
    machine.state.gpr[eax] = M::free_selector;
    CHECK(machine.execute({0x8e, 0xd8}) == Outcome{});  // already accessed: nothing to write
}

TEST_CASE("a stack that is absent during delivery ends in shutdown") {
    PagedMachine machine(3);
    machine.map(M::stack0 - 4, absent_page);
    machine.place({0xcd, 0x30});
    CHECK(machine.processor.run(machine.state.instructions + 1) == ExitReason::shutdown);
    CHECK(machine.state.cpl == 3);
    CHECK(machine.state.rip == M::code);
    CHECK(machine.state.cr2 == M::stack0 - 4);
}

TEST_CASE("a page fault while delivering another exception") {
    struct Case {
        std::initializer_list<unsigned> bytes;
        unsigned vector;
        Outcome outcome;
    };
    // The handler's descriptor lies on an absent page: benign and contributory exceptions become #PF, #PF
    // becomes #DF.
    for (const Case& c : {Case{{0x0f, 0x0b}, 6, {14, 0}}, Case{{0xa1, 0, 0, 6, 0}, 14, {8, 0}},
                          Case{{0x8e, 0xd0}, 13, {14, 0}}}) {
        PagedMachine machine(0);
        machine.map(0x6'0000, absent_page);
        machine.state.gdtr.limit = 0xffff;
        machine.map(M::gdt + 0x4000, absent_page);
        machine.set_interrupt_gate(c.vector, 0x4000, 0, 0x8e);
        machine.state.gpr[eax] = 0;  // MOV SS of a null selector
        CAPTURE(c.vector);
        CHECK(machine.execute(c.bytes) == c.outcome);
        CHECK(machine.state.cr2 == M::gdt + 0x4000);
    }
}

TEST_CASE("INS does not take from the port what it cannot store") {
    PagedMachine machine;
    machine.map(M::data, absent_page);
    machine.state.gpr[edi] = M::data;
    machine.state.gpr[ecx] = 1;
    CHECK(machine.execute({0xf3, 0x6d}) == Outcome{14, 2});
    CHECK(machine.ports.reads.empty());
    machine.map(M::data, user_page);
    machine.state.halted = false;
    machine.state.gpr[esp] += 4;  // the error code
    CHECK(machine.execute({0xcf}) == Outcome{});
    machine.run(1);
    CHECK(machine.ports.reads.size() == 1);
    CHECK(machine.get32(M::data) == 0x11);
}

TEST_CASE("a call gate copies parameters only when all of them are there") {
    PagedMachine machine(3);
    machine.set_gate(M::gdt_entry(M::free_selector), M::code0, 0x1'a000, 0xec, 4);
    machine.map(M::stack3, absent_page);
    machine.state.gpr[esp] = M::stack3 - 8;
    CHECK(machine.execute({0x9a, 0, 0, 0, 0, M::free_selector, 0}) == Outcome{14, 4});
    CHECK(machine.state.cr2 == M::stack3);
    CHECK(machine.stack32(2) == M::code3);
}

TEST_CASE("a task switch changes CR3") {
    PagedMachine machine;
    constexpr std::uint32_t other = 0x6000, second = 0x10'2000;
    constexpr std::uint16_t task = M::free_selector;
    machine.put32(second, table | user_page);
    machine.set_descriptor(task, other, 0x67, 0x89, 0);
    machine.put32(other + 0x1c, second);
    machine.put32(other + 0x20, M::code);
    for (unsigned i = 0; i < 6; ++i) machine.put32(other + 0x48 + 4 * i, i == seg_cs ? M::code0 : M::data0);
    machine.put32(other + 0x60, 0);
    CHECK(machine.execute({0xea, 0, 0, 0, 0, task, 0}) == Outcome{});
    CHECK(machine.state.cr3 == second);
    CHECK(machine.mmu.controls().cr3 == second);
    CHECK((machine.state.cr0 & cr0::ts));
}

TEST_CASE("4 MiB entries have as many reserved bits as the model has address bits less") {
    for (const char* name : {"pentium", "pentium3"}) {
        M machine(name);
        machine.put32(directory, 0x87);
        machine.put32(directory + 4, 0x87 | 1U << 13);
        machine.protected_mode();
        machine.state.cr3 = directory;
        machine.state.cr4 |= cr4::pse;
        machine.state.gpr[eax] = cr0::pe | cr0::pg;
        REQUIRE(machine.execute({0x0f, 0x22, 0xc0}) == Outcome{});
        machine.state.rip = M::code;
        const bool has_36_bits = machine.cpu.model.leaf1_edx() & cpuid_edx::pse36;
        CAPTURE(has_36_bits);
        CHECK(machine.execute({0xa1, 0, 0, 0x40, 0}) == (has_36_bits ? Outcome{} : Outcome{14, 9}));
    }
}

}  // namespace calque::test
