// Intel 82371AB (PIIX4), function 3: power management, SMI command port and SMBus host.
#pragma once

#include "devices/acpi_registers.hpp"
#include "devices/pci_device.hpp"
#include "devices/port_bus.hpp"
#include "devices/port_window.hpp"
#include "devices/smbus_host.hpp"

#include <array>
#include <cstdint>

namespace calque {

/// Attaches itself: fixed ports B2h, B3h (SMI command and status) and AFE0h..AFE3h (GPE0) at once, the PM
/// block and the SMBus block where the guest puts them. There is no system management mode: the configuration
/// registers say that it is set up already, and the SMI port only understands ACPI enable and disable.
class Piix4Pm final : public PciDevice, public PortDevice {
public:
    static constexpr std::uint16_t smi_command_port = 0xB2, gpe0_port = 0xAFE0;

    struct State {
        PciConfig config;
        std::array<std::uint8_t, 2> smi_ports{};
        AcpiRegisters::State acpi;
        SmbusHost::State smbus;
    };

    Piix4Pm(Clock& clock, PortBus& ports);
    const State& state() const;
    void restore(const State& state);
    void reset();

    /// SCI, power button, power-off.
    AcpiRegisters& acpi() { return acpi_; }

    Wire smbus_irq;  ///< IRQ9, where the guest wants it there

    std::uint32_t port_read(std::uint16_t port, unsigned size) override;
    void port_write(std::uint16_t port, std::uint32_t value, unsigned size) override;

private:
    void config_written(std::uint8_t offset, unsigned size) override;
    void place_windows();
    std::uint8_t read_byte(std::uint16_t port);
    void write_byte(std::uint16_t port, std::uint8_t value);
    void write_smi(unsigned offset, std::uint8_t value);
    void drive_smbus_irq();

    AcpiRegisters acpi_;
    SmbusHost smbus_;
    PortWindow pm_window_;
    PortWindow smbus_window_;
    mutable State state_;  ///< its `acpi` and `smbus` are filled in by state()
};

template <typename Archive>
void describe(Archive& archive, Piix4Pm::State& state) {
    archive("config", state.config);
    archive("smi_ports", state.smi_ports);
    archive("acpi", state.acpi);
    archive("smbus", state.smbus);
}

}  // namespace calque
