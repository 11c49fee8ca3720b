// The operations of cpu/host_arithmetic.hpp and cpu/portable/arithmetic.hpp.
#pragma once

namespace calque::host {

enum class Shift { rol, ror, rcl, rcr, shl, shr, sar };
enum class BitOperation { bt, bts, btr, btc };

/// Product (low, high) or quotient and remainder.
template <typename T>
struct Pair {
    T low, high;
};

}  // namespace calque::host
