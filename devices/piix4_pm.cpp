// Placing and decoding of the power management function's ports.
#include "devices/piix4_pm.hpp"

#include "devices/bits.hpp"

namespace calque {

namespace {

constexpr std::uint8_t pm_base = 0x40, device_activity_b = 0x58, pm_misc = 0x80, smbus_base = 0x90,
                       smbus_config = 0xD2;
constexpr std::uint8_t apmc_enable = 0x02;  // bit 25 of DEVACTB: SMI on writes to the SMI command port
constexpr std::uint8_t acpi_enable = 0xF1, acpi_disable = 0xF0;

enum SmbusRegister : unsigned { smbus_status = 0, smbus_control = 2 };
constexpr std::uint8_t smbus_start = 0x40, smbus_device_error = 0x04, smbus_status_bits = 0x1E;

}  // namespace

Piix4Pm::Piix4Pm(Clock& clock, PortBus& ports)
    : PciDevice(state_.config),
      acpi_(clock),
      pm_window_(ports, *this, AcpiRegisters::block_size, "piix4 pm", 4),
      smbus_window_(ports, *this, 16, "piix4 smbus") {
    set_identity(
        {.vendor = 0x8086, .device = 0x7113, .class_code = 0x068000, .revision = 3, .interrupt_pin = 1});
    set_writable(0x40, 0xC0);
    ports.attach(smi_command_port, smi_command_port + 1, *this, "piix4 smi");
    ports.attach(gpe0_port, gpe0_port + AcpiRegisters::gpe0_size - 1, *this, "piix4 gpe0");
    reset();
}

const Piix4Pm::State& Piix4Pm::state() const {
    state_.acpi = acpi_.state();
    return state_;
}

void Piix4Pm::reset() {
    reset_config();
    for (unsigned offset = 0x40; offset < 0x100; ++offset) set_byte(static_cast<std::uint8_t>(offset), 0);
    set_byte(pm_base, 1);
    set_byte(smbus_base, 1);
    set_byte(device_activity_b + 3, apmc_enable);
    state_.smi_ports = {};
    state_.smbus = {};
    acpi_.reset();
    place_windows();
}

void Piix4Pm::restore(const State& state) {
    state_ = state;
    config_restored();
    acpi_.restore(state.acpi);
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
    if (smbus_window_.contains(port)) return state_.smbus[smbus_window_.offset(port)];
    if (port >= gpe0_port) return acpi_.read_gpe0(port - gpe0_port);
    return state_.smi_ports[port & 1];
}

void Piix4Pm::write_byte(std::uint16_t port, std::uint8_t value) {
    if (pm_window_.contains(port))
        acpi_.write(pm_window_.offset(port), value);
    else if (smbus_window_.contains(port))
        write_smbus(smbus_window_.offset(port), value);
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

// Nobody is on the SMBus: every transaction ends with "device did not acknowledge".
void Piix4Pm::write_smbus(unsigned offset, std::uint8_t value) {
    std::uint8_t& status = state_.smbus[smbus_status];
    if (offset == smbus_status) {
        status = static_cast<std::uint8_t>(status & ~(value & smbus_status_bits));
        return;
    }
    state_.smbus[offset] = value;
    if (offset == smbus_control && value & smbus_start) {
        state_.smbus[offset] = value & ~smbus_start & 0xFF;
        status |= smbus_device_error;
    }
}

}  // namespace calque
