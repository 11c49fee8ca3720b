// What a trace tells of an instruction.
#pragma once

#include "frontend/trace/raw_record.hpp"

namespace calque::trace {

/// Of an instruction at a linear address.
Code code_of(const RawRecord& raw, std::uint64_t linear);

}  // namespace calque::trace
