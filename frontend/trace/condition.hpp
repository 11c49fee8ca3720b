// The sixteen conditions, of flags as they are in EFLAGS.
#pragma once

#include "cpu/status_flags.hpp"

#include <cstdint>

namespace calque::trace {

/// SDM vol. 2D, "EFLAGS Condition Codes" by number.
constexpr bool condition_holds(unsigned number, std::uint32_t eflags) {
    const bool cf = eflags & flag::cf, pf = eflags & flag::pf, zf = eflags & flag::zf, sf = eflags & flag::sf,
               of = eflags & flag::of;
    const bool holds[]{of, cf, zf, cf || zf, sf, pf, sf != of, zf || sf != of};
    return holds[number >> 1 & 7U] != bool(number & 1U);
}

}  // namespace calque::trace
