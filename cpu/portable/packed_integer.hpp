// The packed integer instructions of MMX and SSE2, and the logic, shuffles and duplications of SSE.
#pragma once

#include <cstdint>
#include <span>

namespace calque::soft {

/// destination = 0F `opcode` of destination and source, which are 8 (MMX) or 16 bytes (SSE2) long.
void packed_integer(std::uint8_t opcode, std::span<std::uint8_t> destination,
                    std::span<const std::uint8_t> source);

/// UNPCKLPS (`high` false) and its kind on elements of `element` bytes.
void interleave(std::span<std::uint8_t> destination, std::span<const std::uint8_t> source, unsigned element,
                bool high);

}  // namespace calque::soft
