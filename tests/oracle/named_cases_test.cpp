// Programs on which an engine and the CPU once differed.
#include "tests/oracle/named_case.hpp"
#include "tests/oracle/oracle.hpp"
#include "tests/oracle/reference.hpp"

#include <doctest/doctest.h>

using namespace calque;
using namespace calque::test;

namespace {

const std::vector<Piece> initial_fpu{{0x00, "7f03"}, {0x18, "801f0000ffff0000"}};

/// Planted errors that random programs did not find at first are cases too.
const std::vector<NamedCase>& named_cases() {
    static const std::vector<NamedCase> cases{
        {"BSF from absent memory", 0x1000'0000, "0fbc0500400110", {0, 0, 0, 0, 0, 0, 0, 0}, 2, initial_fpu},
        {"CMPXCHG8B of equal values",
         0x1000'0000,
         "0fc70d00200110",
         {1, 4, 2, 3, 0, 0, 0, 0},
         2,
         initial_fpu,
         {{0x1001'2000, "0100000002000000"}}},
        {"POPA whose place for ESP is absent",
         0x1000'0000,
         "61",
         {0, 0, 0, 0, 0x1002'1ff4, 0, 0, 0},
         2,
         initial_fpu},
        {"ENTER whose display ends before its stack",
         0x1000'0000,
         "bd30000210c851001b",
         {0, 0, 0, 0, 0x1002'0048, 0, 0, 0},
         2,
         initial_fpu},
        {"ENTER that faults with its stack among the data",
         0x1000'0000,
         "bd1810021066f2c8bceb2eb82b200110660f381c50b52dffffffffbb4312278765670f911166d9f72cffbddc10021066f3c"
         "86bcf02",
         {0, 0, 0, 0, 0x1002'0fbc, 0, 0, 0},
         2,
         initial_fpu},
        {"PUSHF across the end of a segment of 4 GiB",
         0x1000'0000,
         "9c",
         {0, 0, 0, 0, 2, 0, 0, 0},
         2,
         initial_fpu},
        {"PUSH across the end of a segment of 4 GiB",
         0x1000'0000,
         "50",
         {0, 0, 0, 0, 1, 0, 0, 0},
         2,
         initial_fpu},
        {"MOV across the end of a segment of 4 GiB",
         0x1000'0000,
         "8b43fe",
         {0, 0, 0, 0, 0, 0, 0, 0},
         2,
         initial_fpu},
        {"MOVUPS across the end of a segment of 4 GiB",
         0x1000'0000,
         "0f1043f8",
         {0, 0, 0, 0, 0, 0, 0, 0},
         2,
         initial_fpu},
        {"FLDCW that unmasks an exception of FLDENV's behind FILD",
         0x1000'0000,
         "bd02000000bf32439004d9a42fecfc700bdb87d3dd700bbba2ef09246567d929",
         {0, 0, 0, 0x1001'1850, 0, 0, 0, 0},
         2,
         initial_fpu},
        {"FLDCW that unmasks an older exception behind FSTP",
         0x1000'0000,
         "bbc11f0110dbbb3f000000befcffffffbaf7d8821fd9ac72e1487ef0",
         {0, 0, 0, 0, 0, 0, 0, 0},
         2,
         {{0x00, "7f034e00"}, {0x18, "8e1f0000ffff0000"}}},
    };
    return cases;
}

}  // namespace

TEST_CASE("what once differed does not any more") {
    if (!is_worth_asking()) return;
    Oracle oracle;
    for (const NamedCase& named : named_cases()) {
        INFO(named.name);
        const Generated made = make_case(named, oracle.target());
        CHECK(oracle.compare(made, made.program.items.size()).empty());
    }
}
