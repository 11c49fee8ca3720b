// Makes random programs of the instruction table's rows, and random states for them to start from.
#pragma once

#include "cpu/cpu.hpp"
#include "tests/oracle/program.hpp"
#include "tests/oracle/state.hpp"

namespace calque::test {

/// What programs are generated for: rows to take, and how the decoder understands them.
struct Target {
    std::vector<unsigned> rows;
    std::uint32_t mode = 0;
    const CpuModel* model = nullptr;
    bool has_gs = false;  ///< whether GS can be used
};

struct Generated {
    Program program;
    NativeState state;
    Memory memory;
};

/// The seed alone decides. The first instruction's row is seed modulo the number of rows.
Generated generate(const Target& target, std::uint64_t seed);

}  // namespace calque::test
