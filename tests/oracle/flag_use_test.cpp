// What the instruction table says about status flags is what the instructions do: translators rely on it.
#include "tests/oracle/comparison.hpp"
#include "tests/oracle/coverage.hpp"
#include "tests/oracle/generator.hpp"
#include "tests/oracle/guest.hpp"

#include <doctest/doctest.h>

using namespace calque;
using namespace calque::test;

namespace {

/// How many items of the program it takes to run its first row once; what stands before it are MOVs, or now
/// and then rows that came to be first: 0 if flags steer one of these.
std::size_t first_row_alone(const Program& program, unsigned row) {
    for (std::size_t i = 0; i < program.items.size(); ++i) {
        if (program.items[i].row == row) return i + 1;
        if (instruction_table()[program.items[i].row].flags.read) return 0;
    }
    return 0;
}

void check_flag_use(OracleGuest& guest, const Generated& made, const Row& row, std::size_t count) {
    const std::vector<std::uint8_t> code = made.program.code(count);
    NativeState other = made.state;
    other.eflags ^= flag::status & ~row.flags.read;
    const Outcome one = guest.run(made.program.address, code, made.state, made.memory);
    const Outcome two = guest.run(made.program.address, code, other, made.memory);
    if (one.vector != Outcome::end || two.vector != Outcome::end) return;
    const bool may_do_nothing = row.cls == InstructionClass::string;
    INFO(made.program.listing(count, 0));
    CHECK(equal(one, two, {.flags = may_do_nothing ? 0 : row.flags.written}));
    const std::uint32_t kept = flag::status & ~row.flags.written;
    CHECK(((one.state.eflags ^ made.state.eflags) & kept) == 0);
    CHECK(((two.state.eflags ^ other.eflags) & kept) == 0);
}

}  // namespace

TEST_CASE("a row depends on and changes the status flags that it names") {
    constexpr unsigned times = 12;
    OracleGuest guest(engine_kinds().front(), false);
    const Target target{runnable_rows(), guest.mode(), &guest.model()};
    for (std::uint64_t seed = 0; seed < times * target.rows.size(); ++seed) {
        const unsigned number = target.rows[seed % target.rows.size()];
        const Generated made = generate(target, seed);
        if (const std::size_t count = first_row_alone(made.program, number))
            check_flag_use(guest, made, instruction_table()[number], count);
    }
}
