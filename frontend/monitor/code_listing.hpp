// Guest code and host code side by side.
#pragma once

#include "cpu/engine.hpp"
#include "frontend/monitor/disassembly.hpp"

#include <span>
#include <string>

namespace calque {

/// Lines: a guest instruction at the left, the host instructions made of it at the right, with their offsets
/// from the entry, as are targets of jumps among them. What belongs to the block as a whole has nothing at
/// the left.
std::string side_by_side(std::span<const DisassembledInsn> guest, const HostCode& host);

}  // namespace calque
