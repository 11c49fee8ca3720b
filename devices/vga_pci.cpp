// The card's configuration space and its page of registers.
#include "devices/vga_pci.hpp"

namespace calque {
namespace {

constexpr unsigned memory_bar = 0;
constexpr unsigned register_bar = 2;
constexpr std::uint32_t register_size = 0x1000;

// Offsets in the register page.
constexpr std::uint32_t vga_ports = 0x400;  // 3C0h-3DFh
constexpr std::uint32_t vga_ports_end = 0x420;
constexpr std::uint32_t dispi = 0x500;
constexpr std::uint32_t dispi_end = 0x516;
constexpr std::uint32_t extension_size = 0x600;
constexpr std::uint32_t extension_byte_order = 0x604;

constexpr std::uint16_t first_vga_port = 0x3C0;

std::uint16_t port_of(std::uint32_t offset) {
    return static_cast<std::uint16_t>(offset - vga_ports + first_vga_port);
}

bool within(std::uint32_t offset, std::uint32_t first, std::uint32_t end) {
    return offset >= first && offset < end;
}

}  // namespace

VgaPci::VgaPci(Vga& vga, PhysicalMemory& memory, std::span<const std::uint8_t> rom)
    : PciDevice(state_.config), vga_(vga), memory_(memory), rom_(memory, rom, "the VGA BIOS") {
    set_identity({.vendor = 0x1234, .device = 0x1111, .class_code = 0x03'0000, .revision = 2});
    add_bar(memory_bar, BarKind::prefetchable_memory, Vga::memory_size);
    add_bar(register_bar, BarKind::memory, register_size);
    if (rom_.present()) add_bar(rom_bar, BarKind::rom, rom_.size());
}

void VgaPci::restore(const State& state) {
    state_ = state;
    config_restored();
}

void VgaPci::map_bar(unsigned bar, std::uint32_t base) {
    switch (bar) {
        case memory_bar: memory_.map_ram(base, vga_.video_memory(), 0, Vga::memory_size); break;
        case register_bar: memory_.map_mmio(base, register_size, *this); break;
        default: rom_.map(base); break;
    }
}

void VgaPci::unmap_bar(unsigned bar, std::uint32_t base) {
    if (bar == rom_bar) return rom_.unmap(base);
    memory_.unmap(base, bar == memory_bar ? Vga::memory_size : register_size);
}

std::uint8_t VgaPci::read_byte(std::uint32_t offset) {
    if (within(offset, vga_ports, vga_ports_end)) {
        return static_cast<std::uint8_t>(vga_.port_read(port_of(offset), 1));
    }
    return static_cast<std::uint8_t>(read_word(offset & ~1U) >> 8 * (offset & 1));
}

std::uint16_t VgaPci::read_word(std::uint32_t offset) {
    if (within(offset, vga_ports, vga_ports_end)) {
        const std::uint32_t low = read_byte(offset);
        return static_cast<std::uint16_t>(low | std::uint32_t{read_byte(offset + 1)} << 8);
    }
    if (within(offset, dispi, dispi_end)) {
        return vga_.vbe_read(static_cast<std::uint16_t>((offset - dispi) / 2));
    }
    if (within(offset, extension_size, extension_byte_order)) return offset == extension_size ? 8 : 0;
    if (within(offset, extension_byte_order, extension_byte_order + 4)) {
        return static_cast<std::uint16_t>(vga_.byte_order());
    }
    return 0;
}

std::uint64_t VgaPci::mmio_read(PhysicalAddress address, unsigned size) {
    const auto offset = static_cast<std::uint32_t>(address & (register_size - 1));
    if (size == 1) return read_byte(offset);
    std::uint64_t value = 0;
    for (unsigned i = 0; i < size; i += 2) value |= std::uint64_t{read_word(offset + i)} << 8 * i;
    return value;
}

void VgaPci::write_word(std::uint32_t offset, std::uint16_t value, unsigned size) {
    if (within(offset, vga_ports, vga_ports_end)) {
        vga_.port_write(port_of(offset), value & 0xFFU, 1);
        if (size > 1) vga_.port_write(port_of(offset + 1), value >> 8U, 1);
    } else if (within(offset, dispi, dispi_end)) {
        vga_.vbe_write(static_cast<std::uint16_t>((offset - dispi) / 2), value);
    }
}

void VgaPci::mmio_write(PhysicalAddress address, std::uint64_t value, unsigned size) {
    const auto offset = static_cast<std::uint32_t>(address & (register_size - 1));
    if (offset == extension_byte_order && size == 4) {
        vga_.set_byte_order(static_cast<std::uint32_t>(value));
        return;
    }
    for (unsigned i = 0; i < size; i += 2) {
        write_word(offset + i, static_cast<std::uint16_t>(value >> 8 * i), size);
    }
}

}  // namespace calque
