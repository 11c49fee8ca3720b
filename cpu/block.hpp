// A block: instructions decoded once, executed many times.
#pragma once

#include "cpu/block_end.hpp"
#include "mmu/physical_memory.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <type_traits>

namespace calque {

/// A block's instructions and its BlockEnd, one behind the other.
class BlockCode {
public:
    BlockCode() = default;
    explicit BlockCode(std::span<const Insn> insns)
        : bytes_(std::make_unique<std::byte[]>(insns.size_bytes() + sizeof(BlockEnd))) {
        static_assert(std::is_trivially_destructible_v<Insn> && std::is_trivially_destructible_v<BlockEnd>);
        std::uninitialized_copy(insns.begin(), insns.end(), get());
        new (get() + insns.size()) BlockEnd;
    }
    Insn* get() const { return reinterpret_cast<Insn*>(bytes_.get()); }
    Insn& operator[](std::size_t number) const { return get()[number]; }

private:
    std::unique_ptr<std::byte[]> bytes_;
};

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
    std::uint32_t counted_at = 0;  ///< the EIP of those executions, for engines that care
    /// What a translating engine made of the block; the interpreter leaves it alone.
    void* translation = nullptr;
    BlockCode insns;                        ///< `count` of them
    std::unique_ptr<std::uint8_t[]> bytes;  ///< a copy of the code, `length` bytes
};

}  // namespace calque
