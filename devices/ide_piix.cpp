// Configuration space and ports of the PIIX3's IDE function.
#include "devices/ide_piix.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace calque {
namespace {

constexpr unsigned bus_master_bar = 4;
constexpr std::uint16_t bus_master_ports = 16;

constexpr std::uint8_t timing_registers = 0x40;

}  // namespace

PiixIde::PiixIde(Clock& clock, PhysicalMemory& memory, PortBus& ports)
    : PciDevice(state_.config),
      clock_(clock),
      ports_(ports),
      channels_{IdeChannel(memory, state_.channels[0]), IdeChannel(memory, state_.channels[1])} {
    // Class: IDE with bus masters, at the traditional ports.
    set_identity({.vendor = 0x8086, .device = 0x7010, .class_code = 0x01'0180});
    add_bar(bus_master_bar, BarKind::io, bus_master_ports);
    set_writable(timing_registers, 5);
    channels_[0].attach_ports(ports, 0x1F0, 0x3F6, "ide0");
    channels_[1].attach_ports(ports, 0x170, 0x376, "ide1");
}

AtaDisk& PiixIde::add_disk(unsigned channel, unsigned place, std::unique_ptr<DiskImage> image) {
    return channels_[channel].add_drive<AtaDisk>(place, clock_, fmt::format("ide{}-{}", channel, place),
                                                 std::move(image));
}

AtapiCdrom& PiixIde::add_cdrom(unsigned channel, unsigned place, std::unique_ptr<DiskImage> image) {
    return channels_[channel].add_drive<AtapiCdrom>(place, clock_, fmt::format("ide{}-{}", channel, place),
                                                    std::move(image));
}

void PiixIde::restore(const State& state) {
    state_ = state;
    config_restored();
    for (IdeChannel& channel : channels_) channel.restored();
}

void PiixIde::reset() {
    reset_config();
    for (unsigned i = 0; i < 4; ++i) set_byte(static_cast<std::uint8_t>(timing_registers + i), 0);
    for (IdeChannel& channel : channels_) channel.reset();
}

/// A guest may put the BAR on top of other chips' ports; those keep them.
void PiixIde::map_bar(unsigned /*bar*/, std::uint32_t base) {
    const auto first = static_cast<std::uint16_t>(base);
    const auto last = static_cast<std::uint16_t>(first + bus_master_ports - 1);
    try {
        ports_.attach(first, last, *this, "bus master ide");
    } catch (const std::logic_error&) {
        return;
    }
}

void PiixIde::unmap_bar(unsigned /*bar*/, std::uint32_t base) {
    ports_.detach(static_cast<std::uint16_t>(base), *this);
}

std::uint32_t PiixIde::port_read(std::uint16_t port, unsigned /*size*/) {
    return channels_[port >> 3 & 1].bus_master_read(port & 7);
}

void PiixIde::port_write(std::uint16_t port, std::uint32_t value, unsigned /*size*/) {
    channels_[port >> 3 & 1].bus_master_write(port & 7, static_cast<std::uint8_t>(value));
}

}  // namespace calque
