// The basic arithmetic of x87 on values: no stack, no registers.
#pragma once

#include "cpu/portable/extended.hpp"

namespace calque::soft {

/// By ModRM.reg of the arithmetic forms D8 to DE.
enum class Basic : std::uint8_t {
    add = 0,
    multiply = 1,
    subtract = 4,
    subtract_reversed = 5,
    divide = 6,
    divide_reversed = 7
};

Extended compute(Basic operation, const Extended& left, const Extended& right, X87Control& control);
Extended square_root(const Extended& value, X87Control& control);
Extended round_to_integral(const Extended& value, X87Control& control);
/// FSCALE.
Extended scale(const Extended& value, const Extended& by, X87Control& control);

/// FXTRACT.
struct Parts {
    Extended exponent, significand;
};
Parts extract(const Extended& value, X87Control& control);

/// FPREM, and FPREM1 with `nearest`. A partial remainder leaves the quotient unfinished; without computation
/// (NaNs, invalid operands) there is none.
struct Remainder {
    Extended value;
    bool computed = false, partial = false;
    unsigned quotient = 0;  ///< its low three bits
};
Remainder remainder(const Extended& dividend, const Extended& divisor, bool nearest, X87Control& control);

enum class X87Order : std::uint8_t { greater, less, equal, unordered };
/// QNaNs are invalid too unless `quiet`.
X87Order compare(const Extended& left, const Extended& right, bool quiet, X87Control& control);

}  // namespace calque::soft
