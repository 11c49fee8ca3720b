// The RTL8029's configuration space, and the two registers that it has more than an NE2000.
#include "devices/ne2000_pci.hpp"

namespace calque {

namespace {

constexpr unsigned io_bar = 0;
// 8029ID0 and 8029ID1, on page 0.
constexpr unsigned first_id = 0x0A, second_id = 0x0B;

}  // namespace

Ne2000Pci::Ne2000Pci(Clock& clock, PhysicalMemory& memory, PortBus& ports, const MacAddress& address,
                     std::span<const std::uint8_t> rom)
    : PciDevice(config_),
      card_(clock, address),
      window_(ports, *this, Ne2000::port_count, "ne2000", 4),
      rom_(memory, rom, "the network boot ROM") {
    set_identity({.vendor = vendor_id,
                  .device = device_id,
                  .class_code = 0x02'0000,
                  .interrupt_pin = 1,
                  .subsystem_vendor = vendor_id,
                  .subsystem = device_id});
    add_bar(io_bar, BarKind::io, Ne2000::port_count);
    if (rom_.present()) add_bar(rom_bar, BarKind::rom, rom_.size());
    card_.controller().interrupt.connect([this](bool level) { set_interrupt(level); });
}

void Ne2000Pci::restore(const State& state) {
    config_ = state.config;
    card_.restore(state.card);
    config_restored();
}

void Ne2000Pci::reset() {
    reset_config();
    card_.reset();
}

void Ne2000Pci::map_bar(unsigned bar, std::uint32_t base) {
    if (bar == rom_bar)
        rom_.map(base);
    else
        window_.place(static_cast<std::uint16_t>(base));
}

void Ne2000Pci::unmap_bar(unsigned bar, std::uint32_t base) {
    if (bar == rom_bar)
        rom_.unmap(base);
    else
        window_.place(std::nullopt);
}

std::uint32_t Ne2000Pci::port_read(std::uint16_t port, unsigned size) {
    const unsigned offset = port % Ne2000::port_count;
    const bool identifies = size == 1 && card_.controller().page() == 0;
    if (identifies && offset == first_id) return 'P';
    if (identifies && offset == second_id) return 'C';
    return card_.port_read(port, size);
}

void Ne2000Pci::port_write(std::uint16_t port, std::uint32_t value, unsigned size) {
    card_.port_write(port, value, size);
}

}  // namespace calque
