// The packed integer instructions of SSSE3, SSE4, AES-NI and the SHA extensions that 0F 38 escapes to.
#pragma once

#include <cstdint>
#include <span>

namespace calque::soft {

/// destination = 0F 38 `opcode` of destination and source, which are 8 (MMX) or 16 bytes (XMM) long. No more
/// of the source is used than the form has.
void packed_integer_0f38(std::uint8_t opcode, std::span<std::uint8_t> destination,
                         std::span<const std::uint8_t> source);

}  // namespace calque::soft
