// Configuration cycles and interrupt routing of bus 0.
#include "devices/pci_bus.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace calque {

namespace {

constexpr std::uint16_t config_address_port = 0xCF8, config_data_port = 0xCFC;
constexpr std::uint32_t enable = 0x8000'0000, config_address_mask = 0x80FF'FFFC;
constexpr std::uint32_t absent = 0xFFFF'FFFF;

}  // namespace

void PciBus::attach(unsigned slot, unsigned function, PciDevice& device) {
    Place& place = places_.at(slot << 3 | function);
    if (place.device) throw std::logic_error(fmt::format("PCI place 00:{:02x}.{} is taken", slot, function));
    place = {&device, slot};
    device.on_interrupt_change([this] { update_pirq(); });
    update_pirq();
}

PciDevice* PciBus::addressed() const {
    const std::uint32_t address = state_.config_address;
    const bool bus_zero = (address >> 16 & 0xFF) == 0;
    return address & enable && bus_zero ? places_[address >> 8 & 0xFF].device : nullptr;
}

std::uint8_t PciBus::offset(std::uint16_t port) const {
    return static_cast<std::uint8_t>((state_.config_address & 0xFC) | (port & 3));
}

std::uint32_t PciBus::port_read(std::uint16_t port, unsigned size) {
    if (port >= config_data_port) {
        PciDevice* device = addressed();
        return device ? device->config_read(offset(port), size) : absent;
    }
    if (port == config_address_port && size == 4) return state_.config_address;
    return narrow_ && size == 1 ? narrow_->port_read(port, size) : absent;
}

void PciBus::port_write(std::uint16_t port, std::uint32_t value, unsigned size) {
    if (port >= config_data_port) {
        if (PciDevice* device = addressed()) device->config_write(offset(port), value, size);
    } else if (port == config_address_port && size == 4) {
        state_.config_address = value & config_address_mask;
    } else if (narrow_ && size == 1) {
        narrow_->port_write(port, value, size);
    }
}

// Pins are open drain: a trace is asserted while any of its functions pulls it.
void PciBus::update_pirq() {
    std::array<bool, 4> levels{};
    for (const Place& place : places_) {
        if (!place.device || !place.device->interrupt_pin() || !place.device->interrupt_asserted()) continue;
        levels[(place.device->interrupt_pin() - 1u + place.slot + 3u) & 3] = true;
    }
    for (unsigned i = 0; i < pirq.size(); ++i) pirq[i].set(levels[i]);
}

}  // namespace calque
