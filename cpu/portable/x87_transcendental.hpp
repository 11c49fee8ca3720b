// The transcendental functions of x87 on values (SDM vol. 1, "Transcendental Instruction Accuracy").
#pragma once

#include "cpu/portable/extended.hpp"

namespace calque::soft {

/// Whether FSIN, FCOS, FSINCOS and FPTAN take the operand; else they only set C2.
bool in_trigonometric_range(const Extended& value);
Extended sine(const Extended& value, X87Control& control);
Extended cosine(const Extended& value, X87Control& control);
Extended tangent(const Extended& value, X87Control& control);

Extended f2xm1(const Extended& value, X87Control& control);
/// ST(1) comes first.
Extended fyl2x(const Extended& factor, const Extended& value, X87Control& control);
Extended fyl2xp1(const Extended& factor, const Extended& value, X87Control& control);
Extended fpatan(const Extended& y, const Extended& x, X87Control& control);

/// FLD1, FLDL2T, FLDL2E, FLDPI, FLDLG2, FLDLN2, FLDZ by the low bits of ModRM; rounded by RC.
Extended load_constant(unsigned number, Rounding rounding);

}  // namespace calque::soft
