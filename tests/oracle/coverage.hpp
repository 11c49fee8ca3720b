// Which rows of the instruction table the oracle runs, and how often it did.
#pragma once

#include "cpu/instruction_table.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace calque::test {

/// Why a row cannot be run natively in ring 3, or nullptr.
const char* unrunnable(const Row& row);
/// The rows that can.
std::vector<unsigned> runnable_rows();

class Coverage {
public:
    Coverage() : counts_(instruction_table().size()) {}
    void add(unsigned row) { ++counts_[row]; }
    std::uint64_t count(unsigned row) const { return counts_[row]; }
    /// How many rows were run how often, the rarest, and what is not run and why.
    std::string summary() const;

private:
    std::vector<std::uint64_t> counts_;
};

}  // namespace calque::test
