// Numbers and addresses as people write them in the monitor.
#pragma once

#include "cpu/cpu.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace calque {

/// What an expression is worth when it is evaluated.
using Expression = std::function<std::uint64_t(Cpu&)>;

/// `NUMBER`, `$REGISTER`, `(...)`, joined by + - *; `SEGMENT:OFFSET` is the linear address, where the segment
/// is a register's name or a selector (by the descriptor in protected mode, times 16 else). $pc is linear.
/// Numbers are decimal or begin with 0x. Throws UsageError.
Expression parse_expression(std::string_view text);

/// A register by name, as far as numbers go. Throws UsageError if there is no such.
std::function<std::uint64_t(const Cpu&)> find_register(std::string_view name);

}  // namespace calque
