// What looks on leaves nothing behind in the code that is emitted once nobody does any more.
#include "tests/translator/comparison.hpp"

#include <doctest/doctest.h>

#include <utility>

namespace calque::test {
namespace {

namespace x86 = asmjit::x86;

constexpr std::uint32_t counter = FlatMachine::data_base;

/// Calls a function that counts in memory, from a loop.
void assemble_guest(ComparedMachine& machine) {
    machine.assemble([](x86::Assembler& a) {
        const auto again = a.newLabel(), function = a.newLabel();
        a.mov(x86::ecx, 20);
        a.bind(again);
        a.call(function);
        a.dec(x86::ecx);
        a.jnz(again);
        a.out(0x80, x86::al);
        a.hlt();
        a.bind(function);
        a.mov(x86::eax, x86::dword_ptr(counter));
        a.inc(x86::dword_ptr(counter));
        a.ret();
    });
}

/// The hash of what a translator that is made now emits for the guest.
std::uint64_t code_hash(ComparedMachine& machine) {
    const Translator& translator = machine.use_translator({.translate_after = 0, .hash_code = true});
    machine.state().rip = FlatMachine::code_base;
    machine.state().halted = false;
    while (machine.run() == ExitReason::debugger) {
        machine.processor.take_hit();
        machine.processor.pass_breakpoint();
    }
    return translator.statistics().code_hash;
}

class Onlooker final : public Observer {
public:
    void begins(Cpu&) override {}
    void accessed(Cpu&, const ObservedAccess&) override {}
    void executed(Cpu&, const Block&, bool) override { ++seen; }
    void delivering(Cpu&, const ObservedDelivery&) override {}
    void delivered(Cpu&) override {}
    unsigned seen = 0;
};

struct LookedAt : ComparedMachine {
    LookedAt() { assemble_guest(*this); }
    /// What the guest's code hashes to while somebody looks on, and afterwards.
    template <typename Begin, typename End>
    std::pair<std::uint64_t, std::uint64_t> hashes(Begin begin, End end) {
        code_hash(*this);
        begin();
        const std::uint64_t meanwhile = code_hash(*this);
        end();
        return {meanwhile, code_hash(*this)};
    }
};

std::uint64_t untouched() {
    ComparedMachine machine;
    assemble_guest(machine);
    return code_hash(machine);
}

}  // namespace

TEST_CASE("emitted code is the same in every translator") { CHECK(untouched() == untouched()); }

TEST_CASE("a breakpoint that was removed") {
    LookedAt m;
    const std::uint32_t middle = FlatMachine::code_base + 10;  // DEC ECX
    const auto [meanwhile, afterwards] =
        m.hashes([&] { m.processor.add_breakpoint(middle); }, [&] { m.processor.remove_breakpoint(middle); });
    CHECK(meanwhile != untouched());
    CHECK(afterwards == untouched());
}

TEST_CASE("an observer that has gone") {
    LookedAt m;
    Onlooker onlooker;
    const auto [meanwhile, afterwards] =
        m.hashes([&] { m.processor.cpu().observe(&onlooker); }, [&] { m.processor.cpu().observe(nullptr); });
    CHECK(onlooker.seen == 20 * 6 + 3);
    CHECK(meanwhile != untouched());
    CHECK(afterwards == untouched());
}

TEST_CASE("a watchpoint and a breakpoint on a port that were removed") {
    LookedAt m;
    const Watchpoint watchpoint{.address = counter, .size = 4};
    const PortBreakpoint port{.first = 0x80, .last = 0x80};
    const auto [meanwhile, afterwards] = m.hashes(
        [&] {
            m.processor.add(watchpoint);
            m.processor.add(port);
        },
        [&] {
            m.processor.remove(watchpoint);
            m.processor.remove(port);
        });
    CHECK(meanwhile != untouched());
    CHECK(afterwards == untouched());
}

}  // namespace calque::test
