// A failure that a person can act on: the program, both ends with the differences marked, memory.
#pragma once

#include "tests/oracle/comparison.hpp"
#include "tests/oracle/program.hpp"

#include <string>

namespace calque::test {

struct Failure {
    const Program& program;
    std::size_t count;  ///< items of the program that it takes
    const NativeState& before;
    const Outcome& expected;
    const Outcome& found;
    const char* expected_name;
    const char* found_name;
    Comparison comparison;
};

std::string report(const Failure& failure);

}  // namespace calque::test
