// Counting: a run retires exactly what it was asked for, and how runs are cut does not show.
#include "tests/instructions/interrupted_program.hpp"

#include <doctest/doctest.h>

using namespace calque;
using namespace calque::test;
using asmjit::x86::Assembler;
namespace x = asmjit::x86;

namespace {

/// Arithmetic, a loop, calls, string instructions, a division that faults and is skipped, a software
/// interrupt, stores into code.
void mixed_program(Assembler& a) {
    const auto outer = a.newLabel(), inner = a.newLabel(), sub = a.newLabel(), body = a.newLabel();
    a.mov(x::ebp, 5);
    a.bind(outer);
    a.mov(x::ecx, 3);
    a.bind(inner);
    a.imul(x::eax, x::eax, 13);
    a.add(x::eax, x::ecx);
    a.push(x::eax);
    a.call(sub);
    a.pop(x::edx);
    a.loop(x::ecx, inner);
    a.mov(x::edi, buffer), a.mov(x::ecx, 9);
    a.rep().stosd();
    a.mov(x::esi, buffer), a.mov(x::edi, buffer + 20), a.mov(x::ecx, 30);
    a.rep().movsb();
    a.mov(x::edi, buffer), a.mov(x::ecx, 0);
    a.rep().stosb();
    a.xor_(x::ebx, x::ebx);
    a.div(x::ebx);  // the handler steps over it
    a.int_(0x21);
    a.inc(x::byte_ptr(body, 2));
    a.bind(body);
    a.add(x::edx, 1);
    a.dec(x::ebp);
    a.jnz(outer);
    a.hlt();
    a.bind(sub);
    a.rol(x::eax, 3);
    a.test(x::eax, 1);
    const auto even = a.newLabel();
    a.jz(even);
    a.xor_(x::dword_ptr(buffer + 100), x::eax);
    a.bind(even);
    a.ret();
}

void prepare(FlatMachine& machine) {
    load_interrupted_program(machine, mixed_program);
    machine.state().gpr[eax] = 0x1234'5678;
}

/// The states after 0, 1, 2... instructions, one at a time.
std::vector<std::vector<std::uint64_t>> every_state(const EngineKind& kind) {
    FlatMachine machine;
    machine.use(kind);
    prepare(machine);
    std::vector<std::vector<std::uint64_t>> states{fingerprint(machine)};
    while (!machine.state().halted) {
        machine.run(1);
        states.push_back(fingerprint(machine));
    }
    return states;
}

}  // namespace

TEST_CASE("a run of n retires n and is the same as n runs of 1") {
    const auto expected = every_state(engine_kinds().front());
    REQUIRE(expected.size() > 300);
    for (const EngineKind& kind : engine_kinds()) {
        CAPTURE(std::string(kind.name));
        CHECK(every_state(kind) == expected);
        for (std::size_t count = 0; count < expected.size(); ++count) {
            FlatMachine machine;
            machine.use(kind);
            prepare(machine);
            machine.run(count);
            CAPTURE(count);
            CHECK(machine.state().instructions == count);
            CHECK(fingerprint(machine) == expected[count]);
        }
    }
}

TEST_CASE("runs may be cut anywhere") {
    const auto expected = every_state(engine_kinds().front());
    for (const EngineKind& kind : engine_kinds()) {
        for (std::uint64_t part = 2; part < 60; ++part) {
            FlatMachine machine;
            machine.use(kind);
            prepare(machine);
            CAPTURE(std::string(kind.name));
            CAPTURE(part);
            bool same = true;
            while (!machine.state().halted) {
                machine.run(part);
                same = same && fingerprint(machine) == expected[machine.state().instructions];
            }
            CHECK(same);
            CHECK(machine.state().instructions == expected.size() - 1);
        }
    }
}

TEST_CASE("each iteration of a string instruction counts as one, none as one") {
    for (const EngineKind& kind : engine_kinds()) {
        CAPTURE(std::string(kind.name));
        FlatMachine machine;
        machine.use(kind);
        machine.assemble([](Assembler& a) { a.rep().stosb(), a.rep().stosb(), a.hlt(); });
        machine.state().gpr[ecx] = 1000;
        machine.state().gpr[edi] = buffer;
        machine.run(400);
        CHECK(machine.state().reg32(ecx) == 600);
        CHECK(machine.state().rip == FlatMachine::code_base);
        machine.run(600);
        CHECK(machine.state().reg32(ecx) == 0);
        CHECK(machine.state().rip == FlatMachine::code_base + 2);
        machine.run(1);
        CHECK(machine.state().rip == FlatMachine::code_base + 4);
        CHECK(machine.state().instructions == 1001);
    }
}
