// Delivery of interrupts and exceptions, and IRET: frames, privileges, error codes, double faults.
#include "cpu/interrupts.hpp"
#include "tests/cpu/system_machine.hpp"

#include <doctest/doctest.h>

namespace calque::test {
namespace {

using M = SystemMachine;
constexpr unsigned interrupt32 = M::present | M::user | system_type::interrupt_gate32;
constexpr unsigned trap32 = M::present | M::user | system_type::trap_gate32;
constexpr unsigned interrupt16 = M::present | M::user | system_type::interrupt_gate16;

}  // namespace

TEST_CASE("INT n pushes a 32-bit frame and clears what the gate says") {
    M machine;
    for (const unsigned access : {interrupt32, trap32}) {
        machine.protected_mode();
        machine.set_interrupt_gate(0x30, M::code0, M::handlers + 0x300, access);
        machine.cpu.set_eflags(flag::interrupt | flag::nt | flag::cf, flag::interrupt | flag::nt | flag::cf);
        CHECK(machine.execute({0xcd, 0x30}).vector == 0x30);
        CHECK(machine.state.gpr[esp] == M::stack0 - 12);
        CHECK(machine.stack32(0) == M::code + 2);
        CHECK(machine.stack32(1) == M::code0);
        CHECK(machine.stack32(2) == (flag::interrupt | flag::nt | flag::cf | flag::always_one));
        CHECK(machine.cpu.flag_set(flag::interrupt) == (access == trap32));
        CHECK_FALSE(machine.cpu.flag_set(flag::nt));
    }
}

TEST_CASE("a 16-bit gate pushes words") {
    M machine;
    machine.protected_mode();
    machine.set_interrupt_gate(0x30, M::code0, 0xdead'0000 | (M::handlers + 0x300), interrupt16);
    CHECK(machine.execute({0xcd, 0x30}).vector == 0x30);
    CHECK(machine.state.gpr[esp] == M::stack0 - 6);
    CHECK(machine.stack16(0) == (M::code & 0xffff) + 2);
    CHECK(machine.stack16(1) == M::code0);
}

TEST_CASE("an interrupt from ring 3 switches to the TSS's stack, and IRET returns") {
    M machine;
    machine.protected_mode(3);
    machine.cpu.set_eflags(flag::interrupt, flag::interrupt);
    CHECK(machine.execute({0xcd, 0x30}).vector == 0x30);
    CHECK(machine.state.cpl == 0);
    CHECK(machine.cpu.view == supervisor_view);
    CHECK(machine.state.ss().selector == M::data0);
    CHECK(machine.state.gpr[esp] == M::stack0 - 20);
    CHECK(machine.stack32(0) == M::code + 2);
    CHECK(machine.stack32(1) == M::code3);
    CHECK(machine.stack32(3) == M::stack3);
    CHECK(machine.stack32(4) == M::data3);
    CHECK(machine.execute({0xcf}) == Outcome{});
    CHECK(machine.state.rip == M::code + 2);
    CHECK(machine.state.cpl == 3);
    CHECK(machine.cpu.view == user_view);
    CHECK(machine.state.ss().selector == M::data3);
    CHECK(machine.state.gpr[esp] == M::stack3);
    CHECK(machine.cpu.flag_set(flag::interrupt));
}

TEST_CASE("software interrupts are checked against the gate's DPL, hardware ones are not") {
    M machine;
    for (unsigned dpl = 0; dpl < 4; ++dpl)
        for (const unsigned cpl : {0U, 1U, 3U}) {
            machine.set_interrupt_gate(0x30, M::code0, M::handlers + 0x300,
                                       (interrupt32 & ~M::user) | dpl << 5);
            machine.protected_mode(cpl);
            const Outcome refused{13, 0x30 * 8 + 2}, accepted{0x30, 0};
            CAPTURE(dpl);
            CAPTURE(cpl);
            CHECK(machine.execute({0xcd, 0x30}) == (cpl > dpl ? refused : accepted));
            machine.protected_mode(cpl);
            deliver_interrupt(machine.cpu, 0x30);
            CHECK(machine.handler() == 0x30U);
        }
}

TEST_CASE("every type of IDT entry") {
    M machine;
    for (unsigned access = 0; access < 0x20; ++access) {
        if (access == system_type::task_gate) continue;
        machine.protected_mode();
        machine.set_interrupt_gate(0x30, M::code0, M::handlers + 0x300, access | M::user | M::present);
        const bool gate = access == 6 || access == 7 || access == 14 || access == 15;
        CAPTURE(access);
        CHECK(machine.execute({0xcd, 0x30}) == (gate ? Outcome{0x30, 0} : Outcome{13, 0x182}));
        machine.protected_mode();
        machine.set_interrupt_gate(0x30, M::code0, M::handlers + 0x300, access | M::user);
        CHECK(machine.execute({0xcd, 0x30}) == (gate ? Outcome{11, 0x182} : Outcome{13, 0x182}));
    }
}

TEST_CASE("the handler's code segment is checked, with EXT for events from outside") {
    M machine;
    struct Case {
        unsigned access, cpl;
        int vector;
    };
    for (const Case& c : {Case{0x9a, 0, -1}, Case{0x92, 0, 13}, Case{0x1a, 0, 11}, Case{0xba, 0, 13},
                          Case{0xfa, 3, -1}, Case{0x9e, 3, -1}, Case{0xfe, 0, 13}, Case{0x82, 0, 13}}) {
        machine.set_descriptor(M::free_selector, 0, 0xfffff, c.access, M::flat);
        machine.set_interrupt_gate(0x30, M::free_selector, M::handlers + 0x300, interrupt32);
        CAPTURE(c.access);
        CAPTURE(c.cpl);
        machine.protected_mode(c.cpl);
        const Outcome accepted{0x30, 0};
        const Outcome inside = machine.execute({0xcd, 0x30});
        CHECK(inside == (c.vector < 0 ? accepted : Outcome{c.vector, M::free_selector}));
        machine.protected_mode(c.cpl);
        deliver_interrupt(machine.cpu, 0x30);
        machine.run(0);
        if (c.vector >= 0) CHECK(machine.stack32(0) == (M::free_selector | 1));
    }
}

TEST_CASE("faults push RF, traps and software interrupts do not") {
    M machine;
    machine.protected_mode();
    CHECK(machine.execute({0x0f, 0x0b}).vector == 6);
    CHECK((machine.stack32(2) & flag::rf));
    CHECK(machine.stack32(0) == M::code);
    machine.protected_mode();
    CHECK(machine.execute({0xcc}).vector == 3);
    CHECK_FALSE((machine.stack32(2) & flag::rf));
    machine.protected_mode();
    machine.cpu.set_eflags(flag::of, flag::of);
    CHECK(machine.execute({0xce}).vector == 4);
    CHECK(machine.stack32(0) == M::code + 1);
    machine.protected_mode();
    CHECK(machine.execute({0xce}) == Outcome{});
    machine.protected_mode(3);
    machine.set_interrupt_gate(1, M::code0, M::handlers + 0x10, interrupt32 & ~M::user);
    CHECK(machine.execute({0xf1}).vector == 1);
}

TEST_CASE("which pairs of exceptions make a double fault") {
    M machine;
    struct Case {
        unsigned first, second;
        int handled;
    };
    // The first vector's gate is broken so that the second exception follows while delivering.
    for (const Case& c :
         {Case{0, 11, 8}, Case{0, 13, 8}, Case{6, 11, 11}, Case{6, 13, 13}, Case{13, 11, 8}, Case{14, 13, 8},
          Case{14, 11, 8}, Case{1, 13, 13}, Case{7, 11, 11}, Case{17, 11, 11}}) {
        M fresh;
        fresh.protected_mode();
        const unsigned access = c.second == 11 ? interrupt32 & ~M::present : M::present;
        fresh.set_interrupt_gate(c.first, M::code0, 0, access);
        fresh.cpu.raise(static_cast<Vector>(c.first));
        fresh.run(0);
        CAPTURE(c.first);
        CAPTURE(c.second);
        CHECK(fresh.handler() == static_cast<unsigned>(c.handled));
        CHECK(fresh.stack32(0) == (c.handled == 8 ? 0 : c.first * 8 + 3));
        CHECK(fresh.stack32(1) == M::code);
    }
}

TEST_CASE("a fault while delivering a double fault shuts down") {
    M machine;
    machine.protected_mode();
    machine.state.idtr.limit = 0;
    machine.place({0xcd, 0x30});
    CHECK(machine.processor.run(1) == ExitReason::shutdown);
    CHECK(machine.state.shutdown);
    CHECK(machine.state.rip == M::code);
}

TEST_CASE("a bad inner stack is an invalid TSS, and nothing has changed") {
    M machine;
    machine.put32(M::tss + 8, M::data3);
    machine.set_interrupt_gate(10, M::code3 & ~3U, M::handlers + 0xa0, interrupt32);
    machine.protected_mode(3);
    CHECK(machine.execute({0xcd, 0x30}).vector == 10);
    CHECK(machine.stack32(0) == (M::data3 & ~3U));
    CHECK(machine.state.cpl == 3);
    machine.put32(M::tss + 8, 0);
    machine.protected_mode(3);
    CHECK(machine.execute({0xcd, 0x30}).vector == 10);
    CHECK(machine.stack32(0) == 0);
    machine.protected_mode(3);
    machine.state.tr.limit = 8;
    CHECK(machine.execute({0xcd, 0x30}).vector == 10);
    CHECK(machine.stack32(0) == M::main_tss);
}

TEST_CASE("virtual-8086 mode: out through a gate and back by IRETD") {
    M machine;
    machine.vm86_mode(3);
    machine.state.other_flags |= flag::interrupt;
    CHECK(machine.execute({0xcd, 0x30}).vector == 0x30);
    CHECK_FALSE(machine.cpu.vm86());
    CHECK(machine.state.gpr[esp] == M::stack0 - 36);
    CHECK(machine.stack32(0) == 2);
    CHECK(machine.stack32(1) == M::code >> 4);
    CHECK((machine.stack32(2) & flag::vm));
    CHECK(machine.stack32(3) == 0x1000);
    CHECK(machine.stack32(4) == 0x2000 + 0x100 * seg_ss);
    CHECK(machine.stack32(5) == 0x2000 + 0x100 * seg_es);
    CHECK(machine.stack32(8) == 0x2000 + 0x100 * seg_gs);
    CHECK(machine.state.segments[seg_ds].attributes == 0);
    CHECK(machine.execute({0xcf}) == Outcome{});
    CHECK(machine.cpu.vm86());
    CHECK(machine.state.cpl == 3);
    CHECK(machine.state.rip == 2);
    CHECK(machine.state.segments[seg_gs].base == (0x2000 + 0x100 * seg_gs) * 16);
    CHECK(machine.state.gpr[esp] == 0x1000);
    CHECK(machine.cpu.flag_set(flag::interrupt));
}

TEST_CASE("virtual-8086 mode: IOPL guards INT n, IRET, PUSHF, POPF, CLI and STI") {
    M machine;
    for (const auto& bytes :
         {std::initializer_list<unsigned>{0xcd, 0x30}, {0xcf}, {0x9c}, {0x9d}, {0xfa}, {0xfb}}) {
        machine.vm86_mode(0);
        CHECK(machine.execute(bytes) == Outcome{13, 0});
    }
    machine.vm86_mode(0);
    CHECK(machine.execute({0xcc}).vector == 3);  // INT3 is not
    machine.set_interrupt_gate(0x30, M::code3 & ~3U, M::handlers + 0x300, interrupt32);
    machine.vm86_mode(3);
    CHECK(machine.execute({0xcd, 0x30}) == Outcome{13, M::code3 & ~3U});  // handlers must be in ring 0
}

TEST_CASE("IRET checks where it returns to") {
    M machine;
    struct Case {
        unsigned cs, cpl;
        Outcome outcome;
    };
    machine.set_descriptor(M::free_selector, 0, 0xfffff, 0x1a, M::flat);       // not present
    machine.set_descriptor(M::free_selector + 8, 0, 0xff, 0x9a, 0);            // small limit
    machine.set_descriptor(M::free_selector + 16, 0, 0xfffff, 0xde, M::flat);  // conforming, DPL 2
    for (const Case& c :
         {Case{0, 0, {13, 0}}, Case{M::data0, 0, {13, M::data0}}, Case{M::code0, 3, {13, M::code0}},
          Case{0xff8, 0, {13, 0xff8}}, Case{M::free_selector, 0, {11, M::free_selector}},
          Case{M::code0 | 3, 0, {13, M::code0}}, Case{M::free_selector + 8, 0, {13, 0}},
          Case{M::free_selector + 17, 0, {13, M::free_selector + 16}}, Case{M::code3, 3, {}},
          Case{M::code0, 0, {}}}) {
        machine.protected_mode(c.cpl);
        machine.state.gpr[esp] -= 12;
        const auto top = static_cast<std::uint32_t>(machine.state.gpr[esp]);
        machine.put32(top, 0x1'2345);
        machine.put32(top + 4, c.cs);
        machine.put32(top + 8, flag::always_one);
        CAPTURE(c.cs);
        CAPTURE(c.cpl);
        CHECK(machine.execute({0xcf}) == c.outcome);
        if (c.outcome.vector < 0) CHECK(machine.state.rip == 0x1'2345);
    }
}

TEST_CASE("IRET from ring 3 cannot change IOPL, nor IF without IOPL") {
    M machine;
    for (const unsigned iopl : {0U, 3U}) {
        machine.protected_mode(3);
        machine.cpu.set_eflags(iopl << 12, flag::iopl);
        machine.state.gpr[esp] -= 12;
        machine.put32(M::stack3 - 12, M::code);
        machine.put32(M::stack3 - 8, M::code3);
        machine.put32(M::stack3 - 4, ~flag::nt & ~flag::tf);
        CHECK(machine.execute({0xcf}) == Outcome{});
        CHECK(machine.cpu.iopl() == iopl);
        CHECK(machine.cpu.flag_set(flag::interrupt) == (iopl == 3));
        CHECK_FALSE(machine.cpu.flag_set(flag::vm));
        CHECK_FALSE(machine.cpu.flag_set(flag::vip));
        CHECK(machine.cpu.flag_set(flag::ac));
    }
}

TEST_CASE("real mode: INT and IRET") {
    M machine;
    machine.real_mode();
    machine.state.other_flags |= flag::interrupt;
    CHECK(machine.execute({0xcd, 0x30}).vector == 0x30);
    CHECK(machine.state.gpr[esp] == 0x7000 - 6);
    CHECK_FALSE(machine.cpu.flag_set(flag::interrupt));
    CHECK(machine.execute({0xcf}) == Outcome{});
    CHECK(machine.state.rip == (M::code & 0xffff) + 2);
    CHECK(machine.cpu.flag_set(flag::interrupt));
    machine.real_mode();
    machine.state.idtr.limit = 0xbf;
    CHECK(machine.execute({0xcd, 0x30}).vector == 13);
}

TEST_CASE("an NMI blocks the next one until IRET") {
    M machine;
    machine.protected_mode();
    machine.processor.raise_nmi();
    machine.run(0);
    CHECK(machine.handler() == 2U);
    CHECK(machine.state.nmi_blocked);
    machine.processor.raise_nmi();
    CHECK(machine.execute({0xcf}).vector == 2);
    CHECK(machine.state.gpr[esp] == M::stack0 - 12);
}

TEST_CASE("an undefined instruction is another one once any of its bytes is stored to") {
    M machine;
    machine.protected_mode();
    CHECK(machine.execute({0x8e, 0xf0}).vector == 6);
    machine.protected_mode();
    machine.state.gpr[eax] = M::data0;
    CHECK(machine.execute({0x8e, 0xd8}) == Outcome{});
}

TEST_CASE("an IRET that faults unblocks NMIs all the same") {
    M machine;
    machine.protected_mode();
    machine.state.nmi_blocked = true;
    machine.put32(M::stack0 - 8, M::data0);  // no code segment
    machine.state.gpr[esp] -= 12;
    CHECK(machine.execute({0xcf}) == Outcome{13, M::data0});
    CHECK_FALSE(machine.state.nmi_blocked);
    machine.vm86_mode(0);
    machine.state.nmi_blocked = true;
    CHECK(machine.execute({0xcf}) == Outcome{13, 0});
    CHECK_FALSE(machine.state.nmi_blocked);
}

TEST_CASE("a fault of the task that an exception's task gate starts belongs to the exception's delivery") {
    constexpr std::uint16_t task = M::free_selector, gate = system_type::task_gate | M::present;
    for (const unsigned vector : {6U, 13U}) {
        M machine;
        machine.protected_mode();
        machine.set_descriptor(task, 0x7000, 0x67, M::present | system_type::tss32, 0);
        machine.put32(0x7000 + 0x38, M::stack0);
        for (unsigned i = 0; i < 6; ++i)
            machine.put32(0x7000 + 0x48 + 4 * i, i == seg_cs ? M::code0 : M::data0);
        machine.put32(0x7000 + 0x48 + 4 * seg_gs, 0xff8);  // no descriptor
        machine.put32(0x7000 + 0x24, flag::always_one);
        machine.set_interrupt_gate(vector, task, 0, gate);
        machine.cpu.raise(static_cast<Vector>(vector), 0);
        machine.run(0);
        CAPTURE(vector);
        CHECK(machine.handler() == (vector == 6 ? 10U : 8U));  // benign, contributory
        CHECK(machine.stack32(0) == (vector == 6 ? 0xff9 : 0));
        CHECK(machine.state.tr.selector == task);
    }
}

}  // namespace calque::test
