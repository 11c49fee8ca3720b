// The VGA as a PCI card: 1234:1111 with a linear frame buffer, a page of registers and a ROM.
#pragma once

#include "devices/expansion_rom.hpp"
#include "devices/pci_device.hpp"
#include "devices/vga.hpp"

#include <cstdint>
#include <span>

namespace calque {

/// BAR0 is the video memory, BAR2 the registers (the VGA's at 400h, dispi at 500h), and the expansion ROM
/// holds the VGA BIOS. Put at slot 2 by custom.
class VgaPci final : public PciDevice, private MmioHandler {
public:
    struct State {
        PciConfig config;
    };

    /// `rom` is copied; it may be empty. Throws std::runtime_error if it is larger than 16 MiB.
    VgaPci(Vga& vga, PhysicalMemory& memory, std::span<const std::uint8_t> rom);

    const State& state() const { return state_; }
    void restore(const State& state);
    void reset() { reset_config(); }

private:
    void map_bar(unsigned bar, std::uint32_t base) override;
    void unmap_bar(unsigned bar, std::uint32_t base) override;
    std::uint64_t mmio_read(PhysicalAddress address, unsigned size) override;
    void mmio_write(PhysicalAddress address, std::uint64_t value, unsigned size) override;

    std::uint8_t read_byte(std::uint32_t offset);
    std::uint16_t read_word(std::uint32_t offset);
    void write_word(std::uint32_t offset, std::uint16_t value, unsigned size);

    State state_;
    Vga& vga_;
    PhysicalMemory& memory_;
    ExpansionRom rom_;
};

template <typename Archive>
void describe(Archive& archive, VgaPci::State& state) {
    archive("config", state.config);
}

}  // namespace calque
