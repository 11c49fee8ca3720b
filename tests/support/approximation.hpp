// Instructions whose results the manual bounds instead of fixing.
#pragma once

#include "cpu/instruction_table.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace calque::test {

/// SDM vol. 1, "Transcendental Instruction Accuracy"; vol. 2B, "RCPPS", "RSQRTPS".
inline bool is_approximation(const Row& row) {
    static constexpr std::array<std::string_view, 12> names{"f2xm1",   "fyl2x",   "fptan",   "fpatan",
                                                            "fyl2xp1", "fsincos", "fsin",    "fcos",
                                                            "rcpps",   "rcpss",   "rsqrtps", "rsqrtss"};
    return std::ranges::find(names, std::string_view(row.name)) != names.end();
}

/// The interpreter's approximations are this host's.
#ifdef CALQUE_PORTABLE
inline constexpr bool approximates_as_host = false;
#else
inline constexpr bool approximates_as_host = true;
#endif

}  // namespace calque::test
