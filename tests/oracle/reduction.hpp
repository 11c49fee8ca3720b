// Makes a failing test plainer: whatever does not matter becomes zero.
#pragma once

#include "tests/oracle/generator.hpp"

#include <functional>

namespace calque::test {

using StillFails = std::function<bool(const Generated&)>;

/// Clears registers, parts of the FXSAVE image and pieces of memory one by one where the test then still
/// fails.
void reduce(Generated& made, const StillFails& still_fails);

}  // namespace calque::test
