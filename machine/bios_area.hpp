// The firmware's ROM at the top of 4 GiB, and below 1 MiB its shadow.
#pragma once

#include "devices/i440fx.hpp"
#include "mmu/physical_memory.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace calque {

/// Maps C0000h..FFFFFh as the host bridge's attribute map says: RAM, write-protected RAM, the ROM, or
/// the ROM with stores going to the RAM behind it.
class BiosArea final : private MmioHandler {
public:
    /// Copies the image. Throws std::runtime_error that names `file` unless its size is a multiple of 64 KiB
    /// up to 16 MiB.
    BiosArea(PhysicalMemory& memory, std::span<const std::uint8_t> image, const std::string& file);

    void apply(const I440fx::PamRegion& region);

private:
    std::uint64_t mmio_read(PhysicalAddress address, unsigned size) override;
    void mmio_write(PhysicalAddress address, std::uint64_t value, unsigned size) override;
    void map_rom_part(PhysicalAddress base, std::uint64_t size);

    PhysicalMemory& memory_;
    const MemoryBlock& rom_;
    PhysicalAddress shadow_base_;  ///< where the ROM's copy below 1 MiB starts
};

}  // namespace calque
