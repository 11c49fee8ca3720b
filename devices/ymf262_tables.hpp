// The two tables of an FM chip: it multiplies by adding logarithms.
#pragma once

#include <cstdint>

namespace calque::ymf262 {

/// -log2 of the sine in the first quarter of a period, in 1/256; 256 steps of `index`, wraps.
std::uint16_t log_sine(unsigned index);

/// 2 to the power of minus `logarithm` (in 1/256): 0..4084.
std::int16_t exponential(unsigned logarithm);

}  // namespace calque::ymf262
