// Mnemonics that differ in form only.
#pragma once

#include <string>
#include <string_view>

namespace calque::test {

/// The name that the instruction table has for what another decoder calls `mnemonic`: without prefixes,
/// operand sizes and conditions.
std::string plain_name(std::string_view mnemonic);

}  // namespace calque::test
