// Configuration space: write masks, BAR decoding, the interrupt pin's mask.
#include "devices/pci_device.hpp"

#include "devices/bits.hpp"

namespace calque {

namespace {

constexpr std::uint32_t rom_enable = 1;

bool is_io(PciDevice::BarKind kind) { return kind == PciDevice::BarKind::io; }

std::uint32_t address_mask(PciDevice::BarKind kind) {
    switch (kind) {
        case PciDevice::BarKind::io: return ~3u;
        case PciDevice::BarKind::rom: return ~0x7FFu;
        default: return ~0xFu;
    }
}

std::uint8_t type_bits(PciDevice::BarKind kind) {
    if (kind == PciDevice::BarKind::prefetchable_memory) return 8;
    return is_io(kind) ? 1 : 0;
}

}  // namespace

std::uint8_t PciDevice::bar_offset(unsigned bar) {
    return static_cast<std::uint8_t>(bar == rom_bar ? pci_offset::rom : pci_offset::bar0 + 4 * bar);
}

std::uint16_t PciDevice::word(std::uint8_t offset) const {
    return static_cast<std::uint16_t>(load_little_endian(config_.bytes, offset, 2));
}

std::uint32_t PciDevice::dword(std::uint8_t offset) const {
    return load_little_endian(config_.bytes, offset, 4);
}

void PciDevice::set_identity(const PciIdentity& identity) {
    auto& bytes = config_.bytes;
    store_little_endian(bytes, pci_offset::vendor_id, identity.vendor, 2);
    store_little_endian(bytes, pci_offset::device_id, identity.device, 2);
    store_little_endian(bytes, pci_offset::class_code, identity.class_code, 3);
    store_little_endian(bytes, pci_offset::subsystem_vendor_id, identity.subsystem_vendor, 2);
    store_little_endian(bytes, pci_offset::subsystem_id, identity.subsystem, 2);
    set_byte(pci_offset::revision, identity.revision);
    set_byte(pci_offset::interrupt_pin, identity.interrupt_pin);
    set_byte(pci_offset::header_type, identity.multifunction ? 0x80 : 0);
    set_writable(pci_offset::command, 1, 0x47);      // I/O, memory, bus master, parity error response
    set_writable(pci_offset::command + 1, 1, 0x05);  // SERR# enable, interrupt disable
    set_writable(0x0C, 2);                           // cache line size, latency timer
    set_writable(pci_offset::interrupt_line, 1);
    write_one_to_clear_[pci_offset::status + 1] = 0xF9;
}

void PciDevice::set_writable(std::uint8_t offset, unsigned count, std::uint8_t mask) {
    for (unsigned i = 0; i < count; ++i) writable_[offset + i] |= mask;
}

void PciDevice::add_bar(unsigned bar, BarKind kind, std::uint32_t size) {
    bars_[bar] = {kind, size, std::nullopt};
    const std::uint8_t offset = bar_offset(bar);
    store_little_endian(config_.bytes, offset, type_bits(kind), 4);
    const std::uint32_t mask = ~(size - 1) & address_mask(kind);
    store_little_endian(writable_, offset, kind == BarKind::rom ? mask | rom_enable : mask, 4);
}

std::uint32_t PciDevice::config_read(std::uint8_t offset, unsigned size) {
    std::uint32_t value = load_little_endian(config_.bytes, offset, size);
    const unsigned status = pci_offset::status;
    if (config_.interrupt && offset <= status && offset + size > status) value |= 8u << 8 * (status - offset);
    return value;
}

void PciDevice::config_write(std::uint8_t offset, std::uint32_t value, unsigned size) {
    const bool before = interrupt_asserted();
    for (unsigned i = 0; i < size; ++i) write_byte(static_cast<std::uint8_t>(offset + i), byte_of(value, i));
    decode_bars();
    tell_interrupt(before);
    config_written(offset, size);
}

void PciDevice::write_byte(std::uint8_t offset, std::uint8_t value) {
    std::uint8_t& reg = config_.bytes[offset];
    reg = merge(reg, value, writable_[offset]);
    reg = static_cast<std::uint8_t>(reg & ~(value & write_one_to_clear_[offset]));
}

// An address of 0 and a range that ends at the top of the address space are what sizing leaves behind for
// a moment, not places to be.
std::optional<std::uint32_t> PciDevice::decoded(unsigned bar) const {
    const Bar& b = bars_[bar];
    const std::uint16_t enable = is_io(b.kind) ? pci_command::io : pci_command::memory;
    if (b.size == 0 || !(command() & enable)) return std::nullopt;
    const std::uint32_t raw = dword(bar_offset(bar));
    if (bar == rom_bar && !(raw & rom_enable)) return std::nullopt;
    const std::uint32_t base = raw & ~(b.size - 1) & address_mask(b.kind);
    const std::uint64_t last = std::uint64_t{base} + b.size - 1;
    const std::uint64_t limit = is_io(b.kind) ? 0xFFFF : 0xFFFF'FFFE;
    if (base == 0 || last > limit) return std::nullopt;
    return base;
}

// Everything that moves leaves its old place first, so that two BARs can swap.
void PciDevice::decode_bars() {
    for (unsigned bar = 0; bar < bars_.size(); ++bar) {
        std::optional<std::uint32_t>& mapped = bars_[bar].mapped;
        if (!mapped || decoded(bar) == mapped) continue;
        const std::uint32_t old = *mapped;
        mapped.reset();
        unmap_bar(bar, old);
    }
    for (unsigned bar = 0; bar < bars_.size(); ++bar) {
        const std::optional<std::uint32_t> base = decoded(bar);
        if (!base || bars_[bar].mapped) continue;
        bars_[bar].mapped = base;
        map_bar(bar, *base);
    }
}

bool PciDevice::interrupt_asserted() const {
    return config_.interrupt && !(command() & pci_command::interrupt_disable);
}

void PciDevice::set_interrupt(bool asserted) {
    const bool before = interrupt_asserted();
    config_.interrupt = asserted;
    tell_interrupt(before);
}

void PciDevice::tell_interrupt(bool before) {
    if (interrupt_asserted() != before && interrupt_changed_) interrupt_changed_();
}

void PciDevice::reset_config() {
    const bool before = interrupt_asserted();
    store_little_endian(config_.bytes, pci_offset::command, 0, 2);
    set_byte(pci_offset::interrupt_line, 0);
    config_.interrupt = false;
    for (unsigned bar = 0; bar < bars_.size(); ++bar) {
        if (bars_[bar].size)
            store_little_endian(config_.bytes, bar_offset(bar), type_bits(bars_[bar].kind), 4);
    }
    decode_bars();
    tell_interrupt(before);
}

void PciDevice::config_restored() {
    decode_bars();
    if (interrupt_changed_) interrupt_changed_();
}

}  // namespace calque
