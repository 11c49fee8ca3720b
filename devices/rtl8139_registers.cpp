// The card's registers, as dwords with byte enables, and its timer.
#include "devices/bits.hpp"
#include "devices/rate.hpp"
#include "devices/rtl8139.hpp"
#include "devices/rtl8139_bits.hpp"

namespace calque {

namespace {

/// Offsets of registers and, where several share a dword, of the first.
enum Register : unsigned {
    idr = 0x00,
    mar = 0x08,
    tsd = 0x10,
    tsad = 0x20,
    rbstart = 0x30,
    erbcr_ersr_cr = 0x34,
    capr_cbr = 0x38,
    imr_isr = 0x3C,
    tcr = 0x40,
    rcr = 0x44,
    tctr = 0x48,
    mpc = 0x4C,
    cr9346_config = 0x50,
    timer_int = 0x54,
    msr_config = 0x58,
    mulint_rerid = 0x5C,
    tsad_bmcr = 0x60,
    bmsr_anar = 0x64,
    anlpar_aner = 0x68,
    config5 = 0xD8,
};

constexpr unsigned register_file_size = 0x100;
constexpr std::uint8_t revision = 0x10;

namespace eeprom_pin {
constexpr std::uint8_t output = 1, input = 2, clock = 4, select = 8;
}
/// Modes of 9346CR, in its upper two bits.
enum Mode : std::uint8_t { normal = 0, auto_load = 1, programming = 2, config_write_enable = 3 };

// What the partner of the autonegotiation offers: everything up to 100 Mbit/s full duplex, acknowledged.
constexpr std::uint16_t partner_ability = 0x41E1, expansion = 0x0001;

constexpr std::uint32_t merge_dword(std::uint32_t old, std::uint32_t value, std::uint32_t mask) {
    return (old & ~mask) | (value & mask);
}

constexpr std::uint16_t low(std::uint32_t value) { return static_cast<std::uint16_t>(value); }
constexpr std::uint16_t high(std::uint32_t value) { return static_cast<std::uint16_t>(value >> 16); }
constexpr std::uint32_t pair(std::uint16_t first, std::uint16_t second) {
    return first | std::uint32_t{second} << 16;
}

/// Whether byte `lane` is written.
constexpr bool writes(std::uint32_t mask, unsigned lane) { return byte_of(mask, lane); }

template <typename Bytes>
std::uint32_t load(const Bytes& bytes, unsigned offset) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < 4 && offset + i < bytes.size(); ++i)
        value |= std::uint32_t{bytes[offset + i]} << 8 * i;
    return value;
}

template <typename Bytes>
void store(Bytes& bytes, unsigned offset, std::uint32_t value, std::uint32_t mask) {
    for (unsigned i = 0; i < 4 && offset + i < bytes.size(); ++i) {
        if (writes(mask, i)) bytes[offset + i] = byte_of(value, i);
    }
}

}  // namespace

// ---- sizes ------------------------------------------------------------------

std::uint32_t Rtl8139::read(unsigned offset, unsigned size) const {
    const unsigned shift = offset % 4;
    if (shift + size <= 4) return read_dword(offset - shift) >> 8 * shift;
    std::uint32_t value = 0;
    for (unsigned i = 0; i < size; ++i) value |= (read((offset + i) % register_file_size, 1) & 0xFF) << 8 * i;
    return value;
}

void Rtl8139::write(unsigned offset, std::uint32_t value, unsigned size) {
    const unsigned shift = offset % 4;
    if (shift + size <= 4) {
        const std::uint32_t mask = 0xFFFF'FFFFU >> (32 - 8 * size);
        return write_dword(offset - shift, (value & mask) << 8 * shift, mask << 8 * shift);
    }
    for (unsigned i = 0; i < size; ++i) write((offset + i) % register_file_size, byte_of(value, i), 1);
}

// ---- reading ----------------------------------------------------------------

std::uint32_t Rtl8139::read_dword(unsigned offset) const {
    if (offset < mar) return load(state_.id, offset);
    if (offset < tsd) return load(state_.multicast, offset - mar);
    if (offset < tsad) return state_.transmit_status[offset / 4 % 4];
    if (offset < rbstart) return state_.transmit_address[offset / 4 % 4];
    const std::uint8_t buffer_empty = receive_buffer_empty() ? rtl8139::command::buffer_empty : 0;
    switch (offset) {
        case rbstart: return state_.receive_buffer;
        case erbcr_ersr_cr: return std::uint32_t{state_.command} << 24 | std::uint32_t{buffer_empty} << 24;
        case capr_cbr: return pair(state_.capr, state_.cbr);
        case imr_isr: return pair(state_.imr, state_.isr);
        case tcr: return state_.tcr | rtl8139::transmit_configuration::version_8139c;
        case rcr: return state_.rcr;
        case tctr: return timer_count();
        case mpc: return state_.missed;
        default: return read_configuration(offset);
    }
}

std::uint32_t Rtl8139::read_configuration(unsigned offset) const {
    switch (offset) {
        case cr9346_config: return read_9346() | std::uint32_t{state_.config1} << 16;
        case timer_int: return state_.timer_interrupt;
        case msr_config:
            return media_status() | std::uint32_t{state_.config3} << 8 | std::uint32_t{state_.config4} << 16;
        case mulint_rerid: return pair(state_.multiple_interrupt, revision);
        case tsad_bmcr: return pair(transmit_summary(), state_.bmcr);
        case bmsr_anar: return pair(bmsr(), state_.anar);
        case anlpar_aner: return state_.link_up ? pair(partner_ability, expansion) : 0;
        case config5: return state_.config5;
        default: return 0;
    }
}

std::uint8_t Rtl8139::media_status() const {
    constexpr std::uint8_t inverse_of_link = 0x04;
    return state_.link_up ? 0 : inverse_of_link;
}

std::uint16_t Rtl8139::bmsr() const {
    constexpr std::uint16_t abilities = 0x7809, link = 0x04, negotiation_complete = 0x20;
    return state_.link_up ? abilities | link | negotiation_complete : abilities;
}

std::uint8_t Rtl8139::read_9346() const {
    return merge(state_.control_9346, eeprom_.output(), eeprom_pin::output);
}

// ---- writing ----------------------------------------------------------------

void Rtl8139::write_dword(unsigned offset, std::uint32_t value, std::uint32_t mask) {
    if (offset < mar) return store(state_.id, offset, value, mask);
    if (offset < tsd) return store(state_.multicast, offset - mar, value, mask);
    if (offset < tsad) return write_transmit_status(offset / 4 % 4, value, mask);
    if (offset < rbstart) {
        std::uint32_t& address = state_.transmit_address[offset / 4 % 4];
        address = merge_dword(address, value, mask);
        return;
    }
    switch (offset) {
        case rbstart: state_.receive_buffer = merge_dword(state_.receive_buffer, value, mask); break;
        case erbcr_ersr_cr:
            if (writes(mask, 3)) write_command(byte_of(value, 3));
            break;
        case capr_cbr:  // CBR is the card's own
            state_.capr = low(merge_dword(state_.capr, value, mask & 0xFFFF));
            tell_receive_room();
            break;
        case imr_isr:  // a one clears a cause
            state_.imr = low(merge_dword(state_.imr, value, mask)) & rtl8139::interrupt::implemented;
            state_.isr &= static_cast<std::uint16_t>(~high(value & mask));
            update_interrupt();
            break;
        default: write_configuration(offset, value, mask); break;
    }
}

void Rtl8139::write_configuration(unsigned offset, std::uint32_t value, std::uint32_t mask) {
    switch (offset) {
        case tcr:
            state_.tcr = merge_dword(state_.tcr, value, mask & rtl8139::transmit_configuration::writable);
            break;
        case rcr: write_receive_configuration(value, mask); break;
        case tctr:  // whatever is written, it starts again from 0
            state_.timer_start = ticks_at(clock_.now(), pci_hertz);
            arm_timer();
            break;
        case mpc: state_.missed = 0; break;
        case timer_int:
            state_.timer_interrupt = merge_dword(state_.timer_interrupt, value, mask);
            arm_timer();
            break;
        case cr9346_config:
            if (writes(mask, 0)) write_9346(byte_of(value));
            write_config(offset, value, mask);
            break;
        case mulint_rerid:
            state_.multiple_interrupt = low(merge_dword(state_.multiple_interrupt, value, mask)) & 0x0FFF;
            break;
        case tsad_bmcr: write_bmcr(high(merge_dword(pair(0, state_.bmcr), value, mask))); break;
        case bmsr_anar: state_.anar = high(merge_dword(pair(0, state_.anar), value, mask)); break;
        default: write_config(offset, value, mask); break;
    }
}

void Rtl8139::write_command(std::uint8_t value) {
    if (value & rtl8139::command::reset) return reset_registers();
    state_.command = value & (rtl8139::command::transmitter_enable | rtl8139::command::receiver_enable);
    start_transmit();
    tell_receive_room();
}

// What a buffer length leaves of the pointers is in the new buffer.
void Rtl8139::write_receive_configuration(std::uint32_t value, std::uint32_t mask) {
    state_.rcr = merge_dword(state_.rcr, value, mask & rtl8139::receive_configuration::writable);
    state_.cbr = static_cast<std::uint16_t>(state_.cbr % receive_buffer_size());
    tell_receive_room();
}

void Rtl8139::write_9346(std::uint8_t value) {
    constexpr std::uint8_t kept = 0xCE;  // all but EEDO and what is reserved
    state_.control_9346 = value & kept;
    const unsigned mode = value >> 6;
    const bool on = mode == programming;
    eeprom_.set_inputs(on && value & eeprom_pin::select, on && value & eeprom_pin::clock,
                       on && value & eeprom_pin::input);
    if (mode != auto_load) return;
    load_from_eeprom();
    state_.control_9346 = 0;  // back to normal by itself
}

bool Rtl8139::unlocked() const { return state_.control_9346 >> 6 == config_write_enable; }

void Rtl8139::write_config(unsigned offset, std::uint32_t value, std::uint32_t mask) {
    const auto change = [=](std::uint8_t& reg, unsigned lane, std::uint8_t writable) {
        if (writes(mask, lane)) reg = merge(reg, byte_of(value, lane), writable);
    };
    if (!unlocked()) return;
    if (offset == cr9346_config) change(state_.config1, 2, 0xF3);
    if (offset == msr_config) {
        change(state_.config3, 1, 0x61);
        change(state_.config4, 2, 0xFF);
    }
    if (offset == config5) change(state_.config5, 0, 0x7F);
}

/// Speed, autonegotiation and duplex are locked as the CONFIG registers are; a reset is done at once.
void Rtl8139::write_bmcr(std::uint16_t value) {
    constexpr std::uint16_t locked = 0x3100;
    if (unlocked()) state_.bmcr = value & locked;
}

// ---- the timer --------------------------------------------------------------

std::uint32_t Rtl8139::timer_count() const {
    return static_cast<std::uint32_t>(ticks_at(clock_.now(), pci_hertz) - state_.timer_start);
}

// TCTR is compared as it counts, so the present value does not match any more.
void Rtl8139::arm_timer() {
    if (state_.timer_interrupt == 0) return interrupt_timer_.disarm();
    const Ticks now = ticks_at(clock_.now(), pci_hertz);
    const std::uint32_t rest = state_.timer_interrupt - static_cast<std::uint32_t>(now - state_.timer_start);
    const Ticks wait = rest ? Ticks{rest} : Ticks{1} << 32;
    interrupt_timer_.arm(time_of_tick(now + wait, pci_hertz));
}

}  // namespace calque
