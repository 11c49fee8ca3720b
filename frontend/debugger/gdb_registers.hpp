// The processor's registers as gdb numbers them, and the description that tells gdb so.
#pragma once

#include "machine/board.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace calque::gdb {

/// One register of the target description. gdb's `eip`, which `$pc` stands for, is the linear address of the
/// instruction (CS base + EIP), since all that gdb does with it - breakpoints, disassembly, stepping - takes
/// it for an address; `ip` is the offset.
struct Register {
    std::string name;
    unsigned bits;
    std::string type;
    const char* feature;
    std::string (*read)(Board&, unsigned index);  ///< little-endian bytes
    /// False: it cannot be written, or not with this value. nullptr: it cannot be written.
    bool (*write)(Board&, unsigned index, std::span<const std::uint8_t> bytes);
    unsigned index = 0;  ///< handed to both

    unsigned bytes() const { return bits / 8; }
};

/// By number.
const std::vector<Register>& registers();
inline constexpr unsigned pc_number = 8, sp_number = 4;

/// target.xml.
const std::string& target_description();

}  // namespace calque::gdb
