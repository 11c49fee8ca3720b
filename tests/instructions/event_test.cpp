// Where interrupts and traps are taken: at the first boundary at which they may be.
#include "tests/support/flat_machine.hpp"

#include <doctest/doctest.h>

using namespace calque;
using namespace calque::test;
using asmjit::x86::Assembler;
namespace x = asmjit::x86;

namespace {

constexpr std::uint32_t idt = 0x4800, gdt = 0x4000, handlers = 0x5000, base = FlatMachine::code_base;

/// Every vector's handler halts; the frame tells where it was taken.
class EventMachine : public FlatMachine {
public:
    EventMachine(const EngineKind& kind, const std::function<void(Assembler&)>& code) {
        use(kind);
        memory.write(gdt + 8, 0x00cf'9b00'0000'ffffULL, 8);
        memory.write(gdt + 16, 0x00cf'9300'0000'ffffULL, 8);
        for (std::uint32_t vector = 0; vector < 64; ++vector) {
            memory.write(idt + vector * 8, 0x0000'8e00'0008'0000ULL | (handlers + vector * 16), 8);
            memory.write(handlers + vector * 16, 0xf4, 1);
        }
        state().gdtr = {gdt, 0x17};
        state().idtr = {idt, 64 * 8 - 1};
        assemble(code);
    }
    std::uint32_t vector() { return static_cast<std::uint32_t>(state().rip - handlers) / 16; }
    std::uint32_t interrupted_at() {
        return static_cast<std::uint32_t>(memory.read(state().reg32(esp), 4)) - base;
    }
    std::uint32_t pushed_flags() {
        return static_cast<std::uint32_t>(memory.read(state().reg32(esp) + 8, 4));
    }
    void allow_interrupts() { processor.cpu().set_eflags(flag::interrupt, flag::interrupt); }
};

void check_interrupted(const std::function<void(Assembler&)>& code, std::uint32_t vector,
                       std::uint32_t offset, const std::function<void(EventMachine&)>& prepare = {}) {
    for (const EngineKind& kind : engine_kinds()) {
        CAPTURE(std::string(kind.name));
        EventMachine machine(kind, code);
        machine.processor.set_interrupt_line(true);
        if (prepare) prepare(machine);
        REQUIRE(machine.run(1000) == ExitReason::halted);
        CHECK(machine.vector() == vector);
        CHECK(machine.interrupted_at() == offset);
    }
}

constexpr std::uint32_t irq = 0x20, debug = 1;

}  // namespace

TEST_CASE("STI lets one more instruction pass") {
    check_interrupted([](Assembler& a) { a.sti(), a.nop(), a.nop(); }, irq, 2);
}
TEST_CASE("STI where interrupts are allowed already does not") {
    check_interrupted([](Assembler& a) { a.nop(), a.sti(), a.nop(); }, irq, 0,
                      [](EventMachine& m) { m.allow_interrupts(); });
}
TEST_CASE("CLI right behind STI lets none through") {
    for (const EngineKind& kind : engine_kinds()) {
        EventMachine machine(kind, [](Assembler& a) { a.sti(), a.cli(), a.nop(), a.hlt(); });
        machine.processor.set_interrupt_line(true);
        REQUIRE(machine.run(1000) == ExitReason::halted);
        CHECK(machine.state().rip == base + 4);
    }
}
TEST_CASE("POPF that allows interrupts lets no instruction pass") {
    check_interrupted([](Assembler& a) { a.push(0x200), a.popfd(), a.nop(), a.hlt(); }, irq, 6);
    check_interrupted([](Assembler& a) { a.push(0x200), a.popf(), a.nop(), a.hlt(); }, irq, 7);
}
TEST_CASE("IRET that allows interrupts lets no instruction pass") {
    check_interrupted(
        [](Assembler& a) { a.push(0x200), a.push(x::cs), a.push(base + 12), a.iretd(), a.nop(), a.hlt(); },
        irq, 12);
}
TEST_CASE("STI and HLT wake") {
    check_interrupted([](Assembler& a) { a.sti(), a.hlt(), a.nop(); }, irq, 2);
}
TEST_CASE("MOV SS lets one more instruction pass") {
    check_interrupted([](Assembler& a) { a.sti(), a.mov(x::ss, x::ax), a.mov(x::esp, x::ebx), a.nop(); }, irq,
                      6,
                      [](EventMachine& m) {
                          m.state().gpr[eax] = 0x10;
                          m.state().gpr[ebx] = FlatMachine::stack_top;
                      });
}
TEST_CASE("an NMI that waited for IRET is taken right behind it") {
    for (const EngineKind& kind : engine_kinds()) {
        CAPTURE(std::string(kind.name));
        EventMachine machine(kind, [](Assembler& a) {
            a.push(0), a.push(8), a.push(base + 10), a.iretd();
            a.nop(), a.nop(), a.hlt();
        });
        machine.processor.raise_nmi();
        machine.state().nmi_blocked = true;
        REQUIRE(machine.run(1000) == ExitReason::halted);
        CHECK(machine.vector() == 2);
        CHECK(machine.interrupted_at() == 10);
    }
}
TEST_CASE("an interrupt between the iterations of a string instruction") {
    for (const EngineKind& kind : engine_kinds()) {
        CAPTURE(std::string(kind.name));
        EventMachine machine(kind, [](Assembler& a) { a.sti(), a.rep().stosb(), a.hlt(); });
        machine.processor.set_interrupt_line(true);
        machine.state().gpr[ecx] = 10;
        machine.state().gpr[edi] = FlatMachine::data_base;
        REQUIRE(machine.run(1000) == ExitReason::halted);
        CHECK(machine.interrupted_at() == 1);
        CHECK(machine.state().reg32(ecx) == 9);
        CHECK((machine.pushed_flags() & flag::rf) != 0);
    }
}

namespace {

void trap_first(EventMachine& machine) { machine.processor.cpu().set_eflags(flag::tf, flag::tf); }

}  // namespace

TEST_CASE("single step traps behind the instruction") {
    check_interrupted([](Assembler& a) { a.inc(x::eax), a.nop(); }, debug, 1, trap_first);
}
TEST_CASE("MOV SS holds back its own trap") {
    check_interrupted([](Assembler& a) { a.mov(x::ss, x::ax), a.nop(), a.nop(); }, debug, 4,
                      [](EventMachine& m) {
                          m.state().gpr[eax] = 0x10;
                          trap_first(m);
                      });
}
TEST_CASE("single step traps behind each iteration") {
    for (const EngineKind& kind : engine_kinds()) {
        EventMachine machine(kind, [](Assembler& a) { a.rep().stosb(), a.hlt(); });
        machine.state().gpr[ecx] = 10;
        machine.state().gpr[edi] = FlatMachine::data_base;
        trap_first(machine);
        REQUIRE(machine.run(1000) == ExitReason::halted);
        CHECK(machine.vector() == debug);
        CHECK(machine.interrupted_at() == 0);
        CHECK(machine.state().reg32(ecx) == 9);
        CHECK(machine.state().dr[6] == 0xffff'4ff0);
    }
}
TEST_CASE("POPF that sets TF traps behind the next instruction") {
    check_interrupted([](Assembler& a) { a.push(0x100), a.popfd(), a.nop(), a.nop(); }, debug, 7);
}
TEST_CASE("a fault comes before the trap of the same instruction") {
    check_interrupted([](Assembler& a) { a.ud2(); }, 6, 0, trap_first);
}

// --- Breakpoints

namespace {

/// DR7 with one breakpoint, number 1: `condition` is 0 (execution), 1 (write) or 3 (access), `length` in
/// bytes.
void arm(EventMachine& machine, std::uint32_t address, unsigned condition, unsigned length) {
    machine.state().dr[1] = address;
    machine.state().dr[7] = 0x400U | 1U << 3 | condition << 20 | (length - 1) << 22;
    machine.processor.cpu().refresh_mode();
}

constexpr std::uint32_t data = FlatMachine::data_base;

}  // namespace

TEST_CASE("an instruction breakpoint stops before its instruction, and RF passes it") {
    for (const EngineKind& kind : engine_kinds()) {
        CAPTURE(std::string(kind.name));
        EventMachine machine(kind,
                             [](Assembler& a) { a.inc(x::eax), a.inc(x::eax), a.inc(x::eax), a.hlt(); });
        arm(machine, base + 1, 0, 1);
        REQUIRE(machine.run(100) == ExitReason::halted);
        CHECK(machine.vector() == debug);
        CHECK(machine.interrupted_at() == 1);
        CHECK(machine.state().reg32(eax) == 1);
        CHECK((machine.state().dr[6] & 0xf) == 2);
        CHECK((machine.pushed_flags() & flag::rf) == 0);
        machine.state().halted = false;
        machine.state().rip = base + 1;
        machine.processor.cpu().set_eflags(flag::rf, flag::rf);
        REQUIRE(machine.run(100) == ExitReason::halted);
        CHECK(machine.state().reg32(eax) == 3);
        CHECK_FALSE(machine.processor.cpu().flag_set(flag::rf));
    }
}
TEST_CASE("an instruction breakpoint at a string instruction stops it once, not at each iteration") {
    for (const EngineKind& kind : engine_kinds()) {
        CAPTURE(std::string(kind.name));
        EventMachine machine(kind, [](Assembler& a) { a.rep().stosb(), a.hlt(); });
        machine.state().gpr[ecx] = 10;
        machine.state().gpr[edi] = data;
        arm(machine, base, 0, 1);
        machine.processor.cpu().set_eflags(flag::rf, flag::rf);
        REQUIRE(machine.run(1000) == ExitReason::halted);
        CHECK(machine.state().rip == base + 3);
        CHECK(machine.state().reg32(ecx) == 0);
    }
}
TEST_CASE("a debug exception replaces the breakpoints that DR6 names and keeps the rest") {
    for (const EngineKind& kind : engine_kinds()) {
        CAPTURE(std::string(kind.name));
        EventMachine machine(kind, [](Assembler& a) { a.nop(), a.hlt(); });
        arm(machine, base, 0, 1);
        machine.state().dr[6] |= 0x400d;  // B0, B2, B3 and BS, all met earlier
        REQUIRE(machine.run(1000) == ExitReason::halted);
        CHECK(machine.vector() == debug);
        CHECK((machine.state().dr[6] & 0xf00f) == 0x4002);
    }
}
TEST_CASE("a data breakpoint traps behind the access") {
    const auto code = [](Assembler& a) {
        a.mov(x::eax, x::dword_ptr(data)), a.mov(x::word_ptr(data + 6), x::ax), a.nop(), a.hlt();
    };
    check_interrupted(code, debug, 11, [](EventMachine& m) { arm(m, data + 4, 1, 4); });
    check_interrupted(code, debug, 5, [](EventMachine& m) { arm(m, data + 3, 3, 1); });
}
TEST_CASE("a string instruction traps behind the iteration that hits") {
    for (const EngineKind& kind : engine_kinds()) {
        EventMachine machine(kind, [](Assembler& a) { a.rep().stosb(), a.hlt(); });
        machine.state().gpr[ecx] = 10;
        machine.state().gpr[edi] = data;
        arm(machine, data + 4, 1, 1);
        REQUIRE(machine.run(1000) == ExitReason::halted);
        CHECK(machine.interrupted_at() == 0);
        CHECK(machine.state().reg32(ecx) == 5);
        CHECK((machine.pushed_flags() & flag::rf) != 0);
    }
}
