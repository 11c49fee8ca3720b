// Realtek RTL8029: an NE2000 on the PCI bus.
#pragma once

#include "devices/expansion_rom.hpp"
#include "devices/ne2000.hpp"
#include "devices/pci_device.hpp"
#include "devices/port_window.hpp"

#include <cstdint>
#include <span>

namespace calque {

/// 10ec:8029: the NE2000's 32 ports by BAR0, INTA, an expansion ROM. Two registers tell the chip from others
/// that are compatible; its page 3 configures what needs no configuration here and reads as zeros.
class Ne2000Pci final : public PciDevice, private PortDevice {
public:
    static constexpr std::uint16_t vendor_id = 0x10EC, device_id = 0x8029;

    struct State {
        PciConfig config;
        Ne2000::State card;
    };

    /// `rom` is copied; it may be empty. Throws std::runtime_error if it is larger than 16 MiB.
    Ne2000Pci(Clock& clock, PhysicalMemory& memory, PortBus& ports, const MacAddress& address,
              std::span<const std::uint8_t> rom);

    State state() const { return {config_, card_.state()}; }
    void restore(const State& state);
    void reset();

    NetworkCard& network() { return card_.controller(); }

private:
    void map_bar(unsigned bar, std::uint32_t base) override;
    void unmap_bar(unsigned bar, std::uint32_t base) override;
    std::uint32_t port_read(std::uint16_t port, unsigned size) override;
    void port_write(std::uint16_t port, std::uint32_t value, unsigned size) override;

    PciConfig config_;
    Ne2000 card_;
    PortWindow window_;
    ExpansionRom rom_;
};

template <typename Archive>
void describe(Archive& archive, Ne2000Pci::State& state) {
    archive("config", state.config);
    archive("card", state.card);
}

}  // namespace calque
