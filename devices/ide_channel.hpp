// One IDE channel: two drives on a cable, the registers that they share, and a bus master.
#pragma once

#include "devices/ata_drive.hpp"
#include "devices/ide_bus_master.hpp"
#include "devices/port_bus.hpp"
#include "devices/wire.hpp"

#include <array>
#include <memory>

namespace calque {

struct IdeChannelState {
    std::uint8_t selected = 0;
    std::uint8_t control = 0;  ///< the device control register
    IdeBusMaster::State bus_master;
    std::array<AtaDriveState, 2> drives;
};

template <typename Archive>
void describe(Archive& archive, IdeChannelState& state) {
    archive("selected", state.selected);
    archive("control", state.control);
    archive("bus_master", state.bus_master);
    archive("drive_0", state.drives[0]);
    archive("drive_1", state.drives[1]);
}

/// Both drives see every write of a register; the one selected answers reads and takes commands. A lone
/// drive 0 answers for a missing drive 1 as the standard asks. On an empty cable all reads float high but
/// for bit 7, which hosts pull down.
class IdeChannel final : public PortDevice, private AtaCable {
public:
    IdeChannel(PhysicalMemory& memory, IdeChannelState& state)
        : state_(state), bus_master_(memory, state.bus_master) {}

    /// Answers the eight ports at `command_base` and the one at `control_port`.
    void attach_ports(PortBus& ports, std::uint16_t command_base, std::uint16_t control_port,
                      const std::string& name);

    /// Makes a `Drive` at place 0 or 1, with the clock, a name and the arguments given.
    template <typename Drive, typename... Arguments>
    Drive& add_drive(unsigned place, Clock& clock, std::string name, Arguments&&... arguments) {
        auto drive =
            std::make_unique<Drive>(clock, std::move(name), state_.drives[place],
                                    static_cast<AtaCable&>(*this), std::forward<Arguments>(arguments)...);
        Drive& added = *drive;
        added.bus_master_ = &bus_master_;
        drives_[place] = std::move(drive);
        return added;
    }

    void reset();
    void restored();

    std::uint8_t bus_master_read(unsigned reg) const { return bus_master_.read(reg); }
    void bus_master_write(unsigned reg, std::uint8_t value);

    std::uint32_t port_read(std::uint16_t port, unsigned size) override;
    void port_write(std::uint16_t port, std::uint32_t value, unsigned size) override;

    Wire irq;

private:
    void interrupt_changed() override;
    void dma_requested() override;

    AtaDrive* selected() const { return drives_[state_.selected].get(); }
    std::uint8_t read_register(AtaRegister reg);
    std::uint8_t read_status(bool acknowledge);
    void write_register(AtaRegister reg, std::uint8_t value);
    void write_control(std::uint8_t value);
    void write_command(std::uint8_t command);
    void run_diagnostic(std::uint8_t command);

    IdeChannelState& state_;
    IdeBusMaster bus_master_;
    std::array<std::unique_ptr<AtaDrive>, 2> drives_;
    std::uint16_t command_base_ = 0;
};

}  // namespace calque
