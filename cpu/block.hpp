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

/// A block's instructions, its BlockEnd and a copy of the code they were decoded from, one behind the other.
class BlockCode {
public:
    BlockCode() = default;
    BlockCode(std::span<const Insn> insns, std::span<const std::uint8_t> bytes)
        : memory_(std::make_unique_for_overwrite<std::byte[]>(size(insns.size(), bytes.size()))) {
        static_assert(std::is_trivially_destructible_v<Insn> && std::is_trivially_destructible_v<BlockEnd>);
        std::uninitialized_copy(insns.begin(), insns.end(), get());
        new (get() + insns.size()) BlockEnd;
        std::ranges::copy(bytes, bytes_behind(insns.size()));
    }
    Insn* get() const { return reinterpret_cast<Insn*>(memory_.get()); }
    Insn& operator[](std::size_t number) const { return get()[number]; }
    /// The code, behind `count` instructions.
    std::uint8_t* bytes_behind(std::size_t count) const {
        return reinterpret_cast<std::uint8_t*>(get() + count) + sizeof(BlockEnd);
    }

    static constexpr std::size_t size(std::size_t count, std::size_t length) {
        return count * sizeof(Insn) + sizeof(BlockEnd) + length;
    }

private:
    std::unique_ptr<std::byte[]> memory_;
};

/// Instructions that follow one another, from an entry to the first that must end a block, a page's end, or a
/// limit on their number. A block of one instruction may cross into a second page.
struct Block {
    static constexpr unsigned max_instructions = 48;
    static constexpr PhysicalAddress no_page = ~PhysicalAddress{0};
    static constexpr std::uint32_t no_breakpoints = ~0U;

    PhysicalAddress physical = 0;
    PhysicalAddress second_page = no_page;  ///< page of the bytes behind a page's end
    std::uint32_t mode = 0;
    std::uint16_t length = 0;  ///< bytes
    std::uint8_t count = 0;    ///< instructions
    /// Number of the linear page whose breakpoints it was parted by. It serves no other page, and none
    /// without breakpoints.
    std::uint32_t breakpoint_page = no_breakpoints;
    bool valid = true;  ///< cleared when its bytes are stored to
    std::uint32_t executions = 0;
    std::uint32_t counted_at = 0;  ///< the EIP of those executions, for engines that care
    /// What a translating engine made of the block; the interpreter leaves it alone.
    void* translation = nullptr;
    std::uint64_t translated_pages = 0;  ///< the translator's: a bit for each page of EIPs it has some for
    BlockCode insns;                     ///< `count` of them

    const std::uint8_t* bytes() const { return insns.bytes_behind(count); }
    std::size_t memory() const { return sizeof(Block) + BlockCode::size(count, length); }
};

}  // namespace calque
