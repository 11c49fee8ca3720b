// From a row of the instruction table and choices to bytes.
#pragma once

#include "cpu/instruction_table.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace calque::test {

/// The choices that a row leaves open.
struct Encoding {
    bool lock = false, operand_size = false, address_size = false;
    std::uint8_t segment = 0;  ///< a segment override prefix, 0: none
    std::uint8_t repeat = 0;   ///< F2 or F3, 0: none
    std::uint8_t modrm = 0xc0;
    std::vector<std::uint8_t> address;    ///< SIB and displacement
    std::vector<std::uint8_t> immediate;  ///< as many bytes as any instruction may want
};

bool has_modrm(const Row& row);
/// Prefixes, opcode, ModRM, address, and all of `immediate`: the decoder finds out how much of that is
/// wanted.
std::vector<std::uint8_t> encode(const Row& row, const Encoding& encoding);

}  // namespace calque::test
