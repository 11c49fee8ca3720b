// Drives the emitters over one block.
#pragma once

#include "translator/emission.hpp"

#include <cstddef>

namespace calque {

/// Emits the whole block of `e`; returns the size of the code.
std::size_t emit_block(Emission& e);

}  // namespace calque
