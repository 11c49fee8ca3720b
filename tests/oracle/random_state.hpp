// Random registers and memory.
#pragma once

#include "tests/oracle/random.hpp"
#include "tests/oracle/state.hpp"

namespace calque::test {

/// General registers (EBX, ESI and EDI point into the data, ESP and EBP into the stack), flags, x87 and SSE.
NativeState random_state(Random& random);
void fill(Random& random, Memory& memory);

}  // namespace calque::test
