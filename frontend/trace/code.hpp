// What a trace tells of an instruction.
#pragma once

#include "cpu/block.hpp"
#include "frontend/trace/record.hpp"

namespace calque::trace {

/// Of a block of one instruction at a linear address.
Code code_of(const Block& block, std::uint64_t linear);

}  // namespace calque::trace
