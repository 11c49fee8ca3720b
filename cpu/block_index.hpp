// Where a block is found by its physical address and mode.
#pragma once

#include "cpu/block.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace calque {

/// An open-addressed hash table with linear probing, which owns the blocks. A look-up mostly misses the
/// host's caches, so it touches one line of the table.
class BlockIndex {
public:
    /// nullptr: there is none.
    Block* find(PhysicalAddress physical, std::uint32_t mode) const;
    /// There must be none of the same address and mode.
    Block& insert(std::unique_ptr<Block> block);
    /// `block` must be in.
    std::unique_ptr<Block> take_out(const Block& block);
    std::vector<Block*> all() const;

private:
    struct Slot {
        std::uint64_t key = 0;
        std::unique_ptr<Block> block;
    };

    static std::uint64_t key_of(PhysicalAddress physical, std::uint32_t mode) {
        return physical << 24 ^ mode;
    }
    std::size_t mask() const { return slots_.size() - 1; }
    std::size_t home_of(std::uint64_t key) const;
    /// Where the key is, or else the empty slot that ends the search for it.
    std::size_t place_of(std::uint64_t key) const;
    void grow();

    std::vector<Slot> slots_ = std::vector<Slot>(1U << 10);
    std::size_t size_ = 0;
};

}  // namespace calque
