// Registers and pins of the I/O APIC.
#include "devices/io_apic.hpp"

#include "devices/bits.hpp"

namespace calque {

namespace {

constexpr std::uint64_t select_offset = 0x00, window_offset = 0x10, window_size = 0x20;
enum Register : unsigned {
    id_register = 0,
    version_register = 1,
    arbitration_register = 2,
    first_entry = 0x10
};
/// The version of the 82093AA, and the number of the last entry.
constexpr std::uint32_t version = 0x11 | (IoApic::pins - 1) << 16;

constexpr std::uint64_t logical_destination = 1U << 11, active_low = 1U << 13, remote_irr = 1U << 14,
                        level_triggered = 1U << 15, masked = 1U << 16;
constexpr std::uint32_t writable_low = 0x1'AFFF, writable_high = 0xFF00'0000;

constexpr unsigned first_pci_pin = 16;

/// Those modes whose end the local APIC tells of.
bool has_remote_irr(std::uint64_t entry) {
    const ApicDelivery delivery = apic_delivery(entry);
    return (entry & level_triggered) &&
           (delivery == ApicDelivery::fixed || delivery == ApicDelivery::lowest_priority);
}

}  // namespace

IoApic::IoApic(PhysicalMemory& memory) {
    memory.map_mmio(base, window_size, *this);
    reset();
}

void IoApic::reset() {
    state_.selected = state_.id = 0;
    state_.entries.fill(masked);
}

std::uint64_t IoApic::mmio_read(PhysicalAddress address, unsigned size) {
    const std::uint64_t offset = address & (window_size - 1), part = offset & 15;
    if (part >= 4) return 0;
    const std::uint32_t whole = offset < window_offset ? state_.selected : read_register();
    const std::uint64_t value = whole >> 8 * part;
    return size < 4 ? value & ((1ULL << 8 * size) - 1) : value;
}

/// The window takes whole registers only.
void IoApic::mmio_write(PhysicalAddress address, std::uint64_t value, unsigned size) {
    const std::uint64_t offset = address & (window_size - 1);
    if (offset == select_offset)
        state_.selected = byte_of(value);
    else if (offset == window_offset && size >= 4)
        write_register(static_cast<std::uint32_t>(value));
}

std::uint32_t IoApic::read_register() const {
    const unsigned entry = (state_.selected - first_entry) / 2U;
    if (state_.selected >= first_entry && entry < pins)
        return static_cast<std::uint32_t>(state_.entries[entry] >> (state_.selected & 1 ? 32 : 0));
    switch (state_.selected) {
        case id_register:
        case arbitration_register: return std::uint32_t{state_.id} << 24;
        case version_register: return version;
        default: return 0;
    }
}

void IoApic::write_register(std::uint32_t value) {
    const unsigned entry = (state_.selected - first_entry) / 2U;
    if (state_.selected == id_register) {
        state_.id = byte_of(value, 3) & 0xF;
    } else if (state_.selected >= first_entry && entry < pins) {
        if (state_.selected & 1)
            state_.entries[entry] =
                (state_.entries[entry] & 0xFFFF'FFFF) | std::uint64_t{value & writable_high} << 32;
        else
            write_entry_low(entry, value);
    }
}

/// Remote IRR goes with the level-triggered mode: guests reset it by leaving that for a moment.
void IoApic::write_entry_low(unsigned pin, std::uint32_t value) {
    std::uint64_t& entry = state_.entries[pin];
    const std::uint64_t kept = value & level_triggered ? entry & remote_irr : 0;
    entry = (entry & ~std::uint64_t{0xFFFF'FFFF}) | (value & writable_low) | kept;
    serve_level(pin);
}

void IoApic::set_pin(unsigned pin, bool asserted, unsigned driver) {
    const bool was_active = active(pin);
    state_.drivers[pin] = with_bit(state_.drivers[pin], driver, asserted);
    if (active(pin) == was_active) return;
    const std::uint64_t entry = state_.entries[pin];
    if (has_remote_irr(entry))
        serve_level(pin);
    else if (!was_active && !(entry & masked))  // an edge at a masked pin is lost
        send(pin);
}

/// Whether the pin is at the level that the entry calls active.
bool IoApic::active(unsigned pin) const {
    const bool asserted = state_.drivers[pin] != 0, high = asserted != (pin >= first_pci_pin);
    return high != bool(state_.entries[pin] & active_low);
}

void IoApic::serve_level(unsigned pin) {
    std::uint64_t& entry = state_.entries[pin];
    if (!has_remote_irr(entry) || (entry & (masked | remote_irr)) || !active(pin)) return;
    if (send(pin)) entry |= remote_irr;
}

bool IoApic::send(unsigned pin) {
    const std::uint64_t entry = state_.entries[pin];
    return send_ && send_({.destination = byte_of(entry, 7),
                           .logical = (entry & logical_destination) != 0,
                           .delivery = apic_delivery(entry),
                           .vector = byte_of(entry),
                           .level = has_remote_irr(entry)});
}

void IoApic::end_of_interrupt(std::uint8_t vector) {
    for (unsigned pin = 0; pin < pins; ++pin) {
        std::uint64_t& entry = state_.entries[pin];
        if (!(entry & remote_irr) || byte_of(entry) != vector) continue;
        entry &= ~remote_irr;
        serve_level(pin);
    }
}

}  // namespace calque
