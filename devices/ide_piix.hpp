// The IDE function of the PIIX3: two channels at the PC's traditional ports, with bus masters.
#pragma once

#include "devices/ata_disk.hpp"
#include "devices/atapi_cdrom.hpp"
#include "devices/ide_channel.hpp"
#include "devices/pci_device.hpp"

#include <array>
#include <memory>

namespace calque {

/// 8086:7010. Function 1 of the PIIX3's slot. Drives are added before the machine starts.
class PiixIde final : public PciDevice, private PortDevice {
public:
    struct State {
        PciConfig config;
        std::array<IdeChannelState, 2> channels;
    };

    PiixIde(Clock& clock, PhysicalMemory& memory, PortBus& ports);

    /// `channel` 0 is primary; `place` 0 is the master.
    AtaDisk& add_disk(unsigned channel, unsigned place, std::unique_ptr<DiskImage> image);
    /// `image` may be null: a drive without a medium.
    AtapiCdrom& add_cdrom(unsigned channel, unsigned place, std::unique_ptr<DiskImage> image);

    const State& state() const { return state_; }
    /// The same drives must have been added.
    void restore(const State& state);
    void reset();

    /// To the interrupt controller's inputs 14 and 15.
    Wire& irq(unsigned channel) { return channels_[channel].irq; }

private:
    void map_bar(unsigned bar, std::uint32_t base) override;
    void unmap_bar(unsigned bar, std::uint32_t base) override;
    std::uint32_t port_read(std::uint16_t port, unsigned size) override;
    void port_write(std::uint16_t port, std::uint32_t value, unsigned size) override;

    State state_;
    Clock& clock_;
    PortBus& ports_;
    std::array<IdeChannel, 2> channels_;
};

template <typename Archive>
void describe(Archive& archive, PiixIde::State& state) {
    archive("config", state.config);
    archive("primary", state.channels[0]);
    archive("secondary", state.channels[1]);
}

}  // namespace calque
