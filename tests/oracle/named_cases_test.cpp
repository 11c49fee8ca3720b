// Programs on which an engine and the CPU once differed.
#include "tests/oracle/named_case.hpp"
#include "tests/oracle/oracle.hpp"

#include <doctest/doctest.h>

using namespace calque;
using namespace calque::test;

namespace {

const std::vector<NamedCase>& named_cases() {
    static const std::vector<NamedCase> cases{};
    return cases;
}

}  // namespace

TEST_CASE("what once differed does not any more") {
    Oracle oracle;
    for (const NamedCase& named : named_cases()) {
        INFO(named.name);
        const Generated made = make_case(named, oracle.target());
        CHECK(oracle.compare(made, made.program.items.size()).empty());
    }
}
