// Elementary functions of 128-bit numbers by their power series: errors of a few units of the 120th bit.
#pragma once

#include "cpu/portable/number.hpp"

namespace calque::soft {

extern const Number pi, half_pi;

/// e^(value * ln 2) - 1 for magnitudes up to 1.
Number exponential2_minus_1(const Number& value);
/// log2 of a positive number.
Number logarithm2(const Number& value);
/// log2(1 + value) for values near zero, where the sum would lose bits.
Number logarithm2_of_1_plus(const Number& value);
/// Of a number from 0 to 1.
Number arc_tangent(const Number& value);
/// Of magnitudes up to pi/4.
Number sine(const Number& value);
Number cosine(const Number& value);

}  // namespace calque::soft
