// The host's GS base: the one segment register that 64-bit Linux leaves to programs.
#pragma once

#include <cstdint>

namespace calque {

/// Whether the processor and the host's kernel let a program write it (FSGSBASE).
bool can_set_gs_base();

/// Of the calling thread. Costs next to nothing where it is so already.
void set_gs_base(std::uint64_t base);

}  // namespace calque
