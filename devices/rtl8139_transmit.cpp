// The transmitter: four descriptors that take turns.
#include "devices/bits.hpp"
#include "devices/rtl8139.hpp"
#include "devices/rtl8139_bits.hpp"

#include <array>

namespace calque {

using namespace rtl8139;

// Only a write that reaches OWN hands a descriptor over; the others may be on their way to it.
void Rtl8139::write_transmit_status(unsigned descriptor, std::uint32_t value, std::uint32_t mask) {
    constexpr std::uint32_t byte_of_own = 0xFF00;
    std::uint32_t& status = state_.transmit_status[descriptor];
    const std::uint32_t changed = mask & transmit_status::writable;
    status = (status & ~changed) | (value & changed);
    if (!(mask & byte_of_own) || status & transmit_status::own) return;
    status &= transmit_status::writable;
    start_transmit();
}

void Rtl8139::start_transmit() {
    const std::uint32_t status = state_.transmit_status[state_.next_transmit & 3];
    const bool enabled = state_.command & rtl8139::command::transmitter_enable && is_bus_master();
    if (!enabled || state_.transmitted_at != never || status & transmit_status::own) return;
    state_.transmitted_at =
        clock_.now() + ethernet::wire_time(status & transmit_status::size, bits_per_second());
    transmit_timer_.arm(state_.transmitted_at);
}

void Rtl8139::transmitted() {
    const unsigned descriptor = state_.next_transmit & 3;
    std::uint32_t& status = state_.transmit_status[descriptor];
    std::array<std::uint8_t, transmit_status::size> buffer{};
    const auto frame = std::span(buffer).first(status & transmit_status::size);
    memory_.read_bytes(state_.transmit_address[descriptor], frame);

    status |= transmit_status::own | transmit_status::ok;
    state_.next_transmit = static_cast<std::uint8_t>((descriptor + 1) & 3);
    state_.transmitted_at = never;
    send(frame);
    raise(interrupt::transmit_ok);
    start_transmit();
}

void Rtl8139::send(EthernetFrame frame) {
    const std::uint32_t loopback = transmit_configuration::loopback;
    if ((state_.tcr & loopback) == loopback)
        receive(frame);
    else
        transmit(frame);
}

/// TSAD: OWN, TABT, TUN and TOK of all four descriptors, four bits each.
std::uint16_t Rtl8139::transmit_summary() const {
    unsigned summary = 0;
    for (unsigned i = 0; i < 4; ++i) {
        const std::uint32_t status = state_.transmit_status[i];
        const auto put = [&](std::uint32_t mask, unsigned group) {
            if (status & mask) summary |= 1U << (group + i);
        };
        put(transmit_status::own, 0);
        put(transmit_status::aborted, 4);
        put(transmit_status::underrun, 8);
        put(transmit_status::ok, 12);
    }
    return static_cast<std::uint16_t>(summary);
}

}  // namespace calque
