// What POPF may change (SDM vol. 2B, "POPF").
#pragma once

#include "cpu/cpu.hpp"

#include <cstdint>

namespace calque {

/// As bits of EFLAGS; `present_mode` as bits of namespace mode. VME has rules of its own.
constexpr std::uint32_t popped_flags(std::uint32_t present_mode) {
    std::uint32_t mask = flag::status | flag::tf | flag::df | flag::nt | flag::ac | flag::id;
    if (present_mode & mode::iopl_allows) mask |= flag::interrupt;
    if (!(present_mode & mode::cpl)) mask |= flag::iopl;
    return mask;
}

}  // namespace calque
