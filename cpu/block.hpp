// A block: instructions decoded once, executed many times.
#pragma once

#include "cpu/insn.hpp"
#include "mmu/physical_memory.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace calque {

/// Instructions that follow one another, from an entry to the first that must end a block, a page's end, or a
/// limit on their number. A block of one instruction may cross into a second page.
struct Block {
    static constexpr unsigned max_instructions = 48;
    static constexpr PhysicalAddress no_page = ~PhysicalAddress{0};

    PhysicalAddress physical = 0;
    PhysicalAddress second_page = no_page;  ///< page of the bytes behind a page's end
    std::uint32_t mode = 0;
    std::uint16_t length = 0;  ///< bytes
    std::uint8_t count = 0;    ///< instructions
    bool valid = true;         ///< cleared when its bytes are stored to
    std::uint32_t executions = 0;
    /// What a translating engine made of the block; the interpreter leaves it alone.
    void* translation = nullptr;
    std::unique_ptr<Insn[]> insns;          ///< `count` of them and the end marker
    std::unique_ptr<std::uint8_t[]> bytes;  ///< a copy of the code, `length` bytes
};

}  // namespace calque
