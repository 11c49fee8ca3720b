// The card on the PCI bus: configuration space, register windows, resets, interrupts.
#include "devices/rtl8139.hpp"

#include "devices/bits.hpp"
#include "devices/rate.hpp"
#include "devices/rtl8139_bits.hpp"

namespace calque {

namespace {

constexpr unsigned io_bar = 0, memory_bar = 1;
constexpr std::uint32_t register_size = 256;
constexpr std::uint8_t minimum_grant = 0x3E, maximum_latency = 0x3F;

// Where the EEPROM keeps things (data sheet, "EEPROM (93C46) Contents"), in words.
constexpr unsigned eeprom_id = 0, eeprom_vendor = 1, eeprom_device = 2, eeprom_subsystem_vendor = 3,
                   eeprom_subsystem = 4, eeprom_grant_latency = 5, eeprom_address = 7;

constexpr std::uint8_t grant = 0x20, latency = 0x40;

Eeprom93c46::Words contents(const MacAddress& address) {
    Eeprom93c46::Words words{};
    words[eeprom_id] = 0x8129;
    words[eeprom_vendor] = words[eeprom_subsystem_vendor] = Rtl8139::vendor_id;
    words[eeprom_device] = words[eeprom_subsystem] = Rtl8139::device_id;
    words[eeprom_grant_latency] = latency << 8 | grant;
    for (unsigned i = 0; i < address.size(); ++i)
        words[eeprom_address + i / 2] |= static_cast<std::uint16_t>(address[i] << 8 * (i % 2));
    return words;
}

}  // namespace

Rtl8139::Rtl8139(Clock& clock, PhysicalMemory& memory, PortBus& ports, const MacAddress& address,
                 std::span<const std::uint8_t> rom)
    : PciDevice(state_.config),
      clock_(clock),
      memory_(memory),
      window_(ports, *this, register_size, "rtl8139", 4),
      rom_(memory, rom, "the network boot ROM"),
      eeprom_(state_.eeprom),
      transmit_timer_(clock, "rtl8139 transmit", [this] { transmitted(); }),
      interrupt_timer_(clock, "rtl8139 timer", [this] {
          raise(rtl8139::interrupt::time_out);
          arm_timer();
      }) {
    set_identity({.vendor = vendor_id,
                  .device = device_id,
                  .class_code = 0x02'0000,
                  .revision = 0x10,
                  .interrupt_pin = 1,
                  .subsystem_vendor = vendor_id,
                  .subsystem = device_id});
    set_byte(minimum_grant, grant);
    set_byte(maximum_latency, latency);
    add_bar(io_bar, BarKind::io, register_size);
    add_bar(memory_bar, BarKind::memory, register_size);
    if (rom_.present()) add_bar(rom_bar, BarKind::rom, rom_.size());
    state_.eeprom.words = contents(address);
    reset();
}

// A guest may have written the EEPROM; that survives, and so does the cable.
void Rtl8139::reset() {
    reset_config();
    const Eeprom93c46::Words words = state_.eeprom.words;
    State fresh;
    fresh.config = state_.config;
    fresh.eeprom.words = words;
    fresh.link_up = state_.link_up;
    fresh.config1 = 0x0C;  // memory and I/O mapped
    fresh.bmcr = 0x3100;   // 100 Mbit/s, autonegotiation, full duplex
    fresh.anar = 0x01E1;   // all speeds and duplexes, IEEE 802.3
    state_ = fresh;
    state_.timer_start = ticks_at(clock_.now(), pci_hertz);
    load_from_eeprom();
    reset_registers();
}

// CR's RST bit: IDR, MAR and the PCI configuration space stay.
void Rtl8139::reset_registers() {
    state_.transmit_status.fill(rtl8139::transmit_status::own);
    state_.transmit_address.fill(0);
    state_.next_transmit = 0;
    state_.transmitted_at = never;
    state_.receive_buffer = 0;
    state_.capr = 0xFFF0;
    state_.cbr = 0;
    state_.imr = state_.isr = 0;
    state_.tcr = state_.rcr = 0;
    state_.missed = 0;
    state_.timer_interrupt = 0;
    state_.command = 0;
    transmit_timer_.disarm();
    arm_timer();
    update_interrupt();
    tell_receive_room();
}

void Rtl8139::restore(const State& state) {
    state_ = state;
    config_restored();
    transmit_timer_.arm(state_.transmitted_at);
    arm_timer();
}

void Rtl8139::load_from_eeprom() {
    for (unsigned i = 0; i < state_.id.size(); ++i)
        state_.id[i] = byte_of(state_.eeprom.words[eeprom_address + i / 2], i % 2);
}

void Rtl8139::set_link(bool up) {
    if (up == state_.link_up) return;
    state_.link_up = up;
    raise(rtl8139::interrupt::link_change);
}

void Rtl8139::raise(std::uint16_t causes) {
    state_.isr |= causes;
    update_interrupt();
}

void Rtl8139::update_interrupt() { set_interrupt(state_.isr & state_.imr); }

void Rtl8139::map_bar(unsigned bar, std::uint32_t base) {
    switch (bar) {
        case io_bar: window_.place(static_cast<std::uint16_t>(base)); break;
        case memory_bar: memory_.map_mmio(base, register_size, *this); break;
        default: rom_.map(base); break;
    }
}

void Rtl8139::unmap_bar(unsigned bar, std::uint32_t base) {
    switch (bar) {
        case io_bar: window_.place(std::nullopt); break;
        case memory_bar: memory_.unmap(base, register_size); break;
        default: rom_.unmap(base); break;
    }
}

// A card that was waiting to become bus master may now.
void Rtl8139::config_written(std::uint8_t /*offset*/, unsigned /*size*/) { start_transmit(); }

std::uint32_t Rtl8139::port_read(std::uint16_t port, unsigned size) { return read(port & 0xFF, size); }

void Rtl8139::port_write(std::uint16_t port, std::uint32_t value, unsigned size) {
    write(port & 0xFF, value, size);
}

std::uint64_t Rtl8139::mmio_read(PhysicalAddress address, unsigned size) {
    const auto offset = static_cast<unsigned>(address & 0xFF);
    if (size <= 4) return read(offset, size);
    return read(offset, 4) | std::uint64_t{read(offset + 4, 4)} << 32;
}

void Rtl8139::mmio_write(PhysicalAddress address, std::uint64_t value, unsigned size) {
    const auto offset = static_cast<unsigned>(address & 0xFF);
    write(offset, static_cast<std::uint32_t>(value), size < 4 ? size : 4);
    if (size > 4) write(offset + 4, static_cast<std::uint32_t>(value >> 32), 4);
}

}  // namespace calque
