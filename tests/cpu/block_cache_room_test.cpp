// Blocks that hardly run do not fill the host's memory.
#include "tests/support/flat_machine.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace calque::test {
namespace {

/// So many blocks of a jump to the next instruction that not all are kept; then HLT.
std::vector<std::uint8_t> jumps(std::size_t number) {
    std::vector<std::uint8_t> code(2 * number, 0);
    for (std::size_t at = 0; at < code.size(); at += 2) code[at] = 0xeb;
    code.push_back(0xf4);
    return code;
}

}  // namespace

TEST_CASE("of very many blocks those that hardly ran are forgotten, and found again") {
    constexpr std::size_t number = 400'000;
    for (const EngineKind& kind : engine_kinds()) {
        CAPTURE(kind.name);
        FlatMachine machine;
        machine.use(kind);
        machine.load(FlatMachine::code_base, jumps(number));
        for (unsigned times = 1; times <= 2; ++times) {
            machine.state().halted = false;
            machine.state().rip = FlatMachine::code_base;
            CHECK(machine.run() == ExitReason::halted);
            CHECK(machine.state().instructions == times * (number + 1));
        }
        if (kind.name == std::string_view("interpreter"))
            CHECK(machine.processor.blocks().counters().forgotten > number / 4);
    }
}

}  // namespace calque::test
