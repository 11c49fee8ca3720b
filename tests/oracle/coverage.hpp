// Which rows of the instruction table the oracle runs, how often, and with which classes of operands.
#pragma once

#include "tests/oracle/generator.hpp"
#include "tests/oracle/operand.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace calque::test {

/// Why a row cannot be run natively in ring 3, or nullptr.
const char* unrunnable(const Row& row);
/// The rows that can.
std::vector<unsigned> runnable_rows();

/// Counts the instructions of programs, and for the one that a program was made for, which classes of values
/// its operands had.
class Coverage {
public:
    explicit Coverage(const Target& target);
    void add(Generated& made, unsigned first_row);

    std::uint64_t count(unsigned row) const { return counts_[row]; }
    /// How many forms were run and classes of operands met, and how often the rarest of each.
    std::string summary() const;
    /// What is not run and why.
    static std::string left_out();
    /// A line for each class of operand that no instruction has had.
    std::vector<std::string> never_met() const;

private:
    /// An operand of a row, and how often each class of values was met there.
    struct Cell {
        unsigned row;
        Operand operand;
        std::vector<std::uint64_t> counts;
    };

    void add_operands(Generated& made, std::size_t item);

    const Target& target_;
    std::vector<std::uint64_t> counts_;
    std::vector<Cell> cells_;
    std::vector<std::size_t> first_cell_;  ///< by row
};

}  // namespace calque::test
