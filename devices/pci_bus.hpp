// PCI bus 0: configuration mechanism #1 and the interrupt pins' traces on the board.
#pragma once

#include "devices/pci_device.hpp"
#include "devices/port_bus.hpp"
#include "devices/wire.hpp"

#include <array>
#include <cstdint>

namespace calque {

/// Ports CF8h..CFFh. Only a dword access at CF8h is CONFADD; narrower ones there pass on to the chip behind
/// the bus (the reset control register at CF9h). Functions that are not there read as all ones.
class PciBus final : public PortDevice {
public:
    static constexpr std::uint16_t first_port = 0xCF8, last_port = 0xCFF;

    struct State {
        std::uint32_t config_address = 0;
    };
    const State& state() const { return state_; }
    void restore(const State& state) { state_ = state; }
    void reset() { state_ = {}; }

    /// Throws std::logic_error if the place is taken. The function must outlive the bus.
    void attach(unsigned slot, unsigned function, PciDevice& device);
    /// Who takes narrow accesses at CF8h..CFBh.
    void set_narrow_handler(PortDevice& device) { narrow_ = &device; }

    std::uint32_t port_read(std::uint16_t port, unsigned size) override;
    void port_write(std::uint16_t port, std::uint32_t value, unsigned size) override;

    /// PIRQA..PIRQD. INTx of slot s goes to trace (x + s - 1) mod 4.
    std::array<Wire, 4> pirq;

private:
    struct Place {
        PciDevice* device = nullptr;
        unsigned slot = 0;
    };
    PciDevice* addressed() const;
    std::uint8_t offset(std::uint16_t port) const;
    void update_pirq();

    State state_;
    std::array<Place, 256> places_{};  ///< by device and function number
    PortDevice* narrow_ = nullptr;
};

template <typename Archive>
void describe(Archive& archive, PciBus::State& state) {
    archive("config_address", state.config_address);
}

}  // namespace calque
