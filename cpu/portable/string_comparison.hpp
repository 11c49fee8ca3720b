// PCMPESTRI and its kind: which elements of two strings compare (SDM vol. 1, "Comparison and String
// Instructions").
#pragma once

#include "cpu/state.hpp"

#include <array>

namespace calque::soft {

/// How many elements of each operand are valid.
using StringLengths = std::array<unsigned, 2>;

/// IntRes1 for the format and the aggregation in bits 0 to 3 of the immediate `control`.
unsigned compare_strings(unsigned control, const FpuArea::Register& left, const FpuArea::Register& right,
                         const StringLengths& lengths);

}  // namespace calque::soft
