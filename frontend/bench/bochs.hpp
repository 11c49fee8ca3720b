// Bochs: its settings, and the CD from which it boots Linux.
#pragma once

#include "frontend/bench/machines.hpp"

namespace calque::bench {

/// `instruction_ns`: guest nanoseconds an instruction. Throws std::runtime_error if what makes a bootable CD
/// is not installed.
Command bochs_command(const Load& load, int instruction_ns, const TemporaryFolder& folder);

}  // namespace calque::bench
