// Compares the machine after a test with what the hardware did.
#pragma once

#include "frontend/vectors/vector_machine.hpp"
#include "frontend/vectors/vector_rules.hpp"

#include <string>

namespace calque {

/// What differs, in words and in the terms that rules are written in.
struct Judgement {
    std::string text;
    VectorDifference difference;
    bool equal() const { return text.empty(); }
};

Judgement judge(const MooTest& test, VectorMachine& machine);

}  // namespace calque
