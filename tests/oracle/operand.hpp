// The operands that a row reads, and where an instruction of a program finds them.
#pragma once

#include "cpu/instruction_table.hpp"
#include "tests/oracle/state.hpp"
#include "tests/oracle/value_class.hpp"

#include <vector>

namespace calque::test {

/// One way in which a row reads an operand: where from, at which operand size, and of what elements.
struct Operand {
    enum class Place : std::uint8_t { reg, rm_register, memory, st0 };
    Place place = Place::reg;
    unsigned operand_size = 4;
    ValueForm element{};
    unsigned size = 4;  ///< bytes of all elements
};

/// Implicit operands other than ST(0) are not among them, nor are those that a program is not free to choose:
/// addresses, bit offsets, targets, images.
std::vector<Operand> read_operands(const Row& row);

/// The operand's bytes in a state, or nullptr if they are elsewhere.
std::uint8_t* locate(const Operand& operand, const Row& row, const Insn& insn, NativeState& state,
                     Memory& memory);
/// The same, marked as valid in the x87 tag word where it is in an x87 register.
std::uint8_t* claim(const Operand& operand, const Row& row, const Insn& insn, NativeState& state,
                    Memory& memory);

}  // namespace calque::test
