// Drives the emitters over one block.
#pragma once

#include "translator/emission.hpp"

#include <cstddef>
#include <vector>

namespace calque {

/// Emits the whole block of `e`. If asked for, `starts` gets the offset in the hot part at which the code of
/// each instruction begins, and that behind the last one.
void emit_block(Emission& e, std::vector<std::size_t>* starts = nullptr);

}  // namespace calque
