// Where a block is found by its physical address and mode.
#include "cpu/block_index.hpp"

#include <bit>
#include <utility>

namespace calque {

std::size_t BlockIndex::home_of(std::uint64_t key) const {
    constexpr std::uint64_t golden_ratio = 0x9e37'79b9'7f4a'7c15;
    return key * golden_ratio >> (64 - std::countr_zero(slots_.size()));
}

std::size_t BlockIndex::place_of(std::uint64_t key) const {
    std::size_t at = home_of(key);
    while (slots_[at].block && slots_[at].key != key) at = (at + 1) & mask();
    return at;
}

Block* BlockIndex::find(PhysicalAddress physical, std::uint32_t mode) const {
    return slots_[place_of(key_of(physical, mode))].block.get();
}

Block& BlockIndex::insert(std::unique_ptr<Block> block) {
    if (2 * ++size_ > slots_.size()) grow();
    const std::uint64_t key = key_of(block->physical, block->mode);
    Slot& slot = slots_[place_of(key)];
    slot = {key, std::move(block)};
    return *slot.block;
}

/// What stands behind the hole moves up, unless it would be before its home.
std::unique_ptr<Block> BlockIndex::take_out(const Block& block) {
    std::size_t hole = place_of(key_of(block.physical, block.mode));
    std::unique_ptr<Block> taken = std::move(slots_[hole].block);
    for (std::size_t at = (hole + 1) & mask(); slots_[at].block; at = (at + 1) & mask()) {
        const std::size_t from_home = (at - home_of(slots_[at].key)) & mask();
        if (from_home < ((at - hole) & mask())) continue;
        slots_[hole] = std::move(slots_[at]);
        hole = at;
    }
    --size_;
    return taken;
}

std::vector<Block*> BlockIndex::all() const {
    std::vector<Block*> blocks;
    blocks.reserve(size_);
    for (const Slot& slot : slots_)
        if (slot.block) blocks.push_back(slot.block.get());
    return blocks;
}

void BlockIndex::grow() {
    std::vector<Slot> old(2 * slots_.size());
    old.swap(slots_);
    for (Slot& slot : old)
        if (slot.block) slots_[place_of(slot.key)] = std::move(slot);
}

}  // namespace calque
