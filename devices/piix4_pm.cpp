// Placing and decoding of the power management function's ports.
#include "devices/piix4_pm.hpp"

#include "devices/bits.hpp"

namespace calque {

namespace {

constexpr std::uint8_t pm_base = 0x40, device_activity_b = 0x58, pm_misc = 0x80, smbus_base = 0x90,
                       smbus_config = 0xD2;
constexpr std::uint8_t apmc_enable = 0x02;  // bit 25 of DEVACTB: SMI on writes to the SMI command port
constexpr std::uint8_t acpi_enable = 0xF1, acpi_disable = 0xF0;

constexpr std::uint8_t smbus_interrupt_mask = 0x0E, smbus_by_irq9 = 0x08;

}  // namespace

Piix4Pm::Piix4Pm(Clock& clock, PortBus& ports)
    : PciDevice(state_.config),
      acpi_(clock),
      smbus_(clock),
      pm_window_(ports, *this, AcpiRegisters::block_size, "piix4 pm", 4),
      smbus_window_(ports, *this, SmbusHost::register_count, "piix4 smbus") {
    set_identity(
        {.vendor = 0x8086, .device = 0x7113, .class_code = 0x068000, .revision = 3, .interrupt_pin = 1});
    set_writable(0x40, 0xC0);
    ports.attach(smi_command_port, smi_command_port + 1, *this, "piix4 smi");
    smbus_.interrupt.connect([this](bool) { drive_smbus_irq(); });
    ports.attach(gpe0_port, gpe0_port + AcpiRegisters::gpe0_size - 1, *this, "piix4 gpe0");
    reset();
}

const Piix4Pm::State& Piix4Pm::state() const {
    state_.acpi = acpi_.state();
    state_.smbus = smbus_.state();
    return state_;
}

void Piix4Pm::reset() {
    reset_config();
    for (unsigned offset = 0x40; offset < 0x100; ++offset) set_byte(static_cast<std::uint8_t>(offset), 0);
    set_byte(pm_base, 1);
    set_byte(smbus_base, 1);
    set_byte(device_activity_b + 3, apmc_enable);
    state_.smi_ports = {};
    acpi_.reset();
    smbus_.reset();
    place_windows();
}

void Piix4Pm::restore(const State& state) {
    state_ = state;
    config_restored();
    acpi_.restore(state.acpi);
    smbus_.restore(state.smbus);
    place_windows();
}

void Piix4Pm::config_written(std::uint8_t /*offset*/, unsigned /*size*/) { place_windows(); }

void Piix4Pm::place_windows() {
    const auto placed = [this](std::uint8_t base, std::uint8_t enable, std::uint16_t mask) {
        const auto address = static_cast<std::uint16_t>(word(base) & mask);
        return byte(enable) & 1 && address ? std::optional(address) : std::nullopt;
    };
    pm_window_.place(placed(pm_base, pm_misc, 0xFFC0));
    smbus_window_.place(placed(smbus_base, smbus_config, 0xFFF0));
    drive_smbus_irq();
}

/// The other choice, SMI, ends in a mode that is not there.
void Piix4Pm::drive_smbus_irq() {
    smbus_irq.set(smbus_.interrupt.level() && (byte(smbus_config) & smbus_interrupt_mask) == smbus_by_irq9);
}

std::uint32_t Piix4Pm::port_read(std::uint16_t port, unsigned size) {
    if (pm_window_.contains(port)) return acpi_.read(pm_window_.offset(port), size);
    std::uint32_t value = 0;
    for (unsigned i = 0; i < size; ++i)
        value |= std::uint32_t{read_byte(static_cast<std::uint16_t>(port + i))} << 8 * i;
    return value;
}

void Piix4Pm::port_write(std::uint16_t port, std::uint32_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i) write_byte(static_cast<std::uint16_t>(port + i), byte_of(value, i));
}

std::uint8_t Piix4Pm::read_byte(std::uint16_t port) {
    if (smbus_window_.contains(port)) return smbus_.read(smbus_window_.offset(port));
    if (port >= gpe0_port) return acpi_.read_gpe0(port - gpe0_port);
    return state_.smi_ports[port & 1];
}

void Piix4Pm::write_byte(std::uint16_t port, std::uint8_t value) {
    if (pm_window_.contains(port))
        acpi_.write(pm_window_.offset(port), value);
    else if (smbus_window_.contains(port))
        smbus_.write(smbus_window_.offset(port), value);
    else if (port >= gpe0_port)
        acpi_.write_gpe0(port - gpe0_port, value);
    else
        write_smi(port & 1, value);
}

void Piix4Pm::write_smi(unsigned offset, std::uint8_t value) {
    state_.smi_ports[offset] = value;
    if (offset == 0 && (value == acpi_enable || value == acpi_disable))
        acpi_.set_sci_enabled(value == acpi_enable);
}

}  // namespace calque
