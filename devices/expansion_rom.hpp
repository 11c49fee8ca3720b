// The expansion ROM of a PCI card.
#pragma once

#include "mmu/physical_memory.hpp"

#include <cstdint>
#include <span>

namespace calque {

/// An image that firmware finds through the card's expansion ROM base address register, or none.
class ExpansionRom {
public:
    /// `image` is copied; it may be empty. Throws std::runtime_error that calls it `name` if it is larger
    /// than 16 MiB, the most that the register can ask for.
    ExpansionRom(PhysicalMemory& memory, std::span<const std::uint8_t> image, const char* name);

    bool present() const { return block_; }
    /// What the register decodes: a power of two. Only with an image.
    std::uint32_t size() const { return static_cast<std::uint32_t>(block_->size); }

    void map(std::uint32_t base) { memory_.map_rom(base, *block_, 0, block_->size); }
    void unmap(std::uint32_t base) { memory_.unmap(base, block_->size); }

private:
    PhysicalMemory& memory_;
    const MemoryBlock* block_ = nullptr;
};

}  // namespace calque
