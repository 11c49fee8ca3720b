// Random registers and memory.
#pragma once

#include "tests/oracle/random.hpp"
#include "tests/oracle/state.hpp"

namespace calque::test {

/// General registers (EBX, ESI and EDI point into the data, ESP and EBP into the stack), flags, x87 and SSE.
NativeState random_state(Random& random);
void fill(Random& random, Memory& memory);

using FpuImage = std::array<std::uint8_t, 512>;
/// Six bits each, set: masked.
void set_sse_masks(FpuImage& image, std::uint32_t masks);
void set_x87_masks(FpuImage& image, std::uint32_t masks);
/// Numbers whose sums and products, or whose conversions to singles, leave the range.
enum class Extremes : std::uint8_t { of_single, of_double, of_single_in_double };
/// Fills an XMM register with them.
void fill_extreme(Random& random, FpuImage& image, unsigned xmm, Extremes extremes);
/// Fills the XMM registers and the data that operands are chosen from with bytes of a few values, zero among
/// them.
void fill_text(Random& random, FpuImage& image, Memory& memory);
/// The exception flags of FSW; ES and B follow.
void set_x87_exceptions(FpuImage& image, std::uint32_t exceptions);

}  // namespace calque::test
