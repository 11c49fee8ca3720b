// Classes of operand values: every instruction form is run with each.
#pragma once

#include "tests/oracle/random.hpp"

#include <cstdint>
#include <span>

namespace calque::test {

enum class ValueKind : std::uint8_t { integer, single, double_precision, extended };

/// One element of an operand: what its bits mean, and how many bytes it has.
struct ValueForm {
    ValueKind kind = ValueKind::integer;
    unsigned size = 4;
};

/// The names of a kind's classes, by number.
std::span<const char* const> value_classes(ValueKind kind);
unsigned classify(ValueForm form, const std::uint8_t* bytes);
/// Any value of the class.
void make_value(ValueForm form, unsigned value_class, Random& random, std::uint8_t* bytes);

}  // namespace calque::test
