// Intel 82371SB (PIIX3), function 0: the PCI to ISA bridge with interrupt routing and reset control.
#pragma once

#include "devices/pci_device.hpp"
#include "devices/port_bus.hpp"
#include "devices/wire.hpp"

#include <array>
#include <cstdint>
#include <functional>

namespace calque {

/// As a PortDevice it is the reset control register CF9h, which PciBus hands on (set_narrow_handler).
class Piix3Isa final : public PciDevice, public PortDevice {
public:
    struct State {
        PciConfig config;
        std::uint8_t pirq_levels = 0;
        std::uint8_t reset_control = 0;
    };

    Piix3Isa();
    const State& state() const { return state_; }
    void restore(const State& state);
    void reset();

    /// Trace `pirq` (0..3 for PIRQA..PIRQD) of the PCI bus.
    void set_pirq(unsigned pirq, bool level);
    void on_reset(std::function<void()> callback) { reset_ = std::move(callback); }

    std::uint32_t port_read(std::uint16_t port, unsigned size) override;
    void port_write(std::uint16_t port, std::uint32_t value, unsigned size) override;

    std::array<Wire, 16> irq;  ///< what PCI drives on the interrupt controllers' inputs

private:
    void config_written(std::uint8_t offset, unsigned size) override;
    void route();

    State state_;
    std::function<void()> reset_;
};

template <typename Archive>
void describe(Archive& archive, Piix3Isa::State& state) {
    archive("config", state.config);
    archive("pirq_levels", state.pirq_levels);
    archive("reset_control", state.reset_control);
}

}  // namespace calque
