// What the first instruction of a program is to meet.
#pragma once

#include "tests/oracle/operand.hpp"

#include <cstdint>
#include <optional>

namespace calque::test {

/// A class of values that an operand of the first row's instruction shall have.
struct Aim {
    Operand operand;
    unsigned value_class = 0;
};

/// The aims of a row, in turn.
std::optional<Aim> choose_aim(const Row& row, std::uint64_t turn);

}  // namespace calque::test
