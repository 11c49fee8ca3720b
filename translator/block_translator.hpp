// Drives the emitters over one block.
#pragma once

#include "translator/emission.hpp"

namespace calque {

/// Emits the whole block of `e`.
void emit_block(Emission& e);

}  // namespace calque
