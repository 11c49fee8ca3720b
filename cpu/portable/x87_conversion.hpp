// Between x87 registers and the formats of memory operands.
#pragma once

#include "cpu/portable/binary_format.hpp"
#include "cpu/portable/extended.hpp"

#include <array>

namespace calque::soft {

/// Exact. A signaling NaN stays one, so that the instruction that uses the operand finds it; a denormal
/// becomes a normal number, which `denormal` remembers.
struct Operand {
    Extended value;
    bool denormal = false;
};
template <std::unsigned_integral Bits>
Operand from_binary(Bits bits);
Extended from_integer(std::int64_t value);

using Decimal = std::array<std::uint8_t, 10>;
Extended from_decimal(const Decimal& digits);

/// What a store writes. `stored` is false if an unmasked exception other than precision prevents it.
template <typename T>
struct Stored {
    T value{};
    bool stored = true;
};
template <std::unsigned_integral Bits>
Stored<Bits> to_binary(const Extended& value, X87Control& control);
/// To an integer of `bits` bits; out of range is invalid and gives the integer indefinite.
Stored<std::uint64_t> to_integer(const Extended& value, int bits, Rounding rounding, X87Control& control);
/// FBSTP.
Stored<Decimal> to_decimal(const Extended& value, X87Control& control);

}  // namespace calque::soft
