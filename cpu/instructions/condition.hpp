// The sixteen conditions of Jcc, SETcc and CMOVcc (SDM vol. 1, appendix B).
#pragma once

#include "cpu/status_flags.hpp"

#include <array>
#include <cstdint>

namespace calque {

inline constexpr std::array<const char*, 16> condition_names{"o", "no", "b", "ae", "e", "ne", "be", "a",
                                                             "s", "ns", "p", "np", "l", "ge", "le", "g"};

template <unsigned code>
constexpr bool condition(const StatusFlags& flags) {
    constexpr unsigned test = code >> 1;
    bool holds = false;
    if constexpr (test == 0) holds = flags.of();
    if constexpr (test == 1) holds = flags.cf();
    if constexpr (test == 2) holds = flags.zf();
    if constexpr (test == 3) holds = flags.cf() || flags.zf();
    if constexpr (test == 4) holds = flags.sf();
    if constexpr (test == 5) holds = flags.pf();
    if constexpr (test == 6) holds = flags.less();
    if constexpr (test == 7) holds = flags.zf() || flags.less();
    return holds != bool(code & 1);
}

/// Which status flags a condition reads.
constexpr std::uint32_t condition_flags(unsigned code) {
    constexpr std::array<std::uint32_t, 8> used{flag::of,
                                                flag::cf,
                                                flag::zf,
                                                flag::cf | flag::zf,
                                                flag::sf,
                                                flag::pf,
                                                flag::sf | flag::of,
                                                flag::zf | flag::sf | flag::of};
    return used[code >> 1];
}

}  // namespace calque
