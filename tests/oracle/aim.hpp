// What the first instruction of a program is to meet.
#pragma once

#include "tests/oracle/operand.hpp"

#include <cstdint>
#include <optional>

namespace calque::test {

/// Where a memory operand lies: it just fits, or one byte of it is on the other side, or all of it.
enum class Border : std::uint8_t {
    none,
    fits_memory,
    leaves_memory,
    fits_writable,
    leaves_writable,
    read_only,
    begins_before_memory,
    crosses_page,  ///< within memory
    fits_limit,
    leaves_limit,
};
inline constexpr unsigned border_count = 9;

/// A class of values that an operand of the first row's instruction shall have, or a border at which its
/// memory operand shall lie.
struct Aim {
    Operand operand{};
    unsigned value_class = 0;
    Border border = Border::none;
};

/// The aims of a row, in turn. `has_gs`: whether there is a segment with a limit.
std::optional<Aim> choose_aim(const Row& row, std::uint64_t turn, bool has_gs);

}  // namespace calque::test
