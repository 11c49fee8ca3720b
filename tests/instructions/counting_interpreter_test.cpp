// The counting interpreter: it counts what retired, and what retires is what the interpreter retires.
#include "cpu/counting_interpreter.hpp"

#include "tests/support/flat_machine.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace calque;
using namespace calque::test;
using asmjit::x86::Assembler;
namespace x = asmjit::x86;

namespace {

const EngineKind counting{"counting", [](Cpu&, BlockCache& blocks) -> std::unique_ptr<Engine> {
                              return std::make_unique<CountingInterpreter>(blocks);
                          }};

void program(Assembler& a) {
    const auto loop = a.newLabel();
    a.mov(x::esi, FlatMachine::data_base);
    a.mov(x::edi, FlatMachine::data_base + 0x100);
    a.mov(x::ebp, 100);
    a.bind(loop);
    a.mov(x::ecx, 7);
    a.sub(x::edi, 28);
    a.sub(x::esi, 28);
    a.rep().movsd();
    a.pushfd();
    a.pop(x::eax);
    a.add(x::dword_ptr(x::esi, 0x40), 3);
    a.dec(x::ebp);
    a.jnz(loop);
    a.hlt();
}

struct Counted {
    std::uint64_t decoded = 0, executed = 0;
    std::string sensitivity;
};

Counted find(const CountingInterpreter& engine, const std::string& name) {
    Counted sum;
    for (const auto& mnemonic : engine.mnemonics()) {
        if (mnemonic.name != name) continue;
        sum.decoded += mnemonic.decoded;
        sum.executed += mnemonic.executed;
        sum.sensitivity = mnemonic.sensitivity;
    }
    return sum;
}

}  // namespace

TEST_CASE("each mnemonic is counted as often as it retires") {
    FlatMachine machine;
    machine.use(counting);
    machine.assemble(program);
    machine.run();
    const auto& engine = dynamic_cast<const CountingInterpreter&>(machine.processor.engine());
    CHECK(find(engine, "movs").executed == 700);  // iterations
    CHECK(find(engine, "movs").decoded >= 1);
    CHECK(find(engine, "pushf").executed == 100);
    CHECK(find(engine, "pushf").sensitivity == "unprivileged (of the 17)");
    CHECK(find(engine, "add").executed == 100);
    CHECK(find(engine, "sub").executed == 200);
    CHECK(find(engine, "hlt").executed == 1);
    CHECK(find(engine, "hlt").sensitivity == "privileged");
    std::uint64_t sum = 0;
    for (const auto& mnemonic : engine.mnemonics()) sum += mnemonic.executed;
    CHECK(sum == machine.state().instructions);
    // MOVS twice an iteration, POP and ADD once each; PUSHF is not an operand of the instruction's own.
    CHECK(engine.memory_operands() == 700 * 2 + 100 + 100);
}

TEST_CASE("the same instructions retire as without counters, however the run is cut") {
    FlatMachine plain, counted;
    counted.use(counting);
    plain.assemble(program);
    counted.assemble(program);
    plain.run();
    unsigned runs = 0;
    while (counted.run(37) == ExitReason::budget) REQUIRE(++runs < 1000);
    CHECK(runs > 10);
    CHECK(counted.state().instructions == plain.state().instructions);
    CHECK(counted.state().gpr == plain.state().gpr);
}
