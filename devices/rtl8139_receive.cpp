// The receiver: which frames are wanted, and the ring in memory into which they go.
#include "devices/bits.hpp"
#include "devices/rtl8139.hpp"
#include "devices/rtl8139_bits.hpp"

#include <algorithm>
#include <array>

namespace calque {

using namespace rtl8139;

namespace {

constexpr std::uint32_t header_size = 4;

/// What a frame takes in the ring: header, data, checksum, up to the next dword.
constexpr std::uint32_t stored_size(std::size_t size) {
    return (header_size + static_cast<std::uint32_t>(size + ethernet::checksum_size) + 3) & ~3U;
}

}  // namespace

bool Rtl8139::receiver_enabled() const { return state_.command & rtl8139::command::receiver_enable; }

/// RBLEN, without the 16 bytes behind it that the last header needs on other chips.
std::uint32_t Rtl8139::receive_buffer_size() const {
    constexpr std::uint32_t smallest = 8 << 10;
    return smallest << ((state_.rcr & receive_configuration::buffer_length) >> 11);
}

bool Rtl8139::receive_buffer_empty() const { return receive_room() == receive_buffer_size(); }

// CAPR stays 16 behind what was read. Both pointers being equal means an empty buffer, never a full one.
std::uint32_t Rtl8139::receive_room() const {
    const std::uint32_t size = receive_buffer_size();
    const std::uint32_t room = (state_.capr + 16U - state_.cbr) & (size - 1);
    return room ? room : size;
}

bool Rtl8139::has_room_for(std::size_t size) const { return stored_size(size) < receive_room(); }

bool Rtl8139::can_receive() const {
    return !receiver_enabled() || !is_bus_master() || has_room_for(ethernet::longest_frame);
}

/// The header's status, or 0 for a frame that RCR does not ask for.
std::uint16_t Rtl8139::accept(EthernetFrame frame) const {
    const auto wanted = [this](std::uint32_t which) { return state_.rcr & which; };
    std::uint16_t status = 0;
    if (frame.size() < ethernet::shortest_frame) {
        if (!wanted(receive_configuration::accept_runt)) return 0;
        status |= receive_status::runt;
    }
    const bool all = wanted(receive_configuration::accept_all);
    if (ethernet::is_broadcast(frame)) {
        if (!all && !wanted(receive_configuration::accept_broadcast)) return 0;
        status |= receive_status::broadcast;
    } else if (ethernet::is_multicast(frame)) {
        const bool listed =
            wanted(receive_configuration::accept_multicast) && ethernet::passes(state_.multicast, frame);
        if (!all && !listed) return 0;
        status |= receive_status::multicast;
    } else if (ethernet::is_for(frame, state_.id)) {
        if (!all && !wanted(receive_configuration::accept_physical)) return 0;
        status |= receive_status::physical;
    } else if (!all) {
        return 0;
    }
    return status | receive_status::ok;
}

void Rtl8139::receive(EthernetFrame frame) {
    constexpr std::uint32_t missed_mask = 0xFF'FFFF;
    if (!receiver_enabled() || frame.size() < ethernet::header_size) return;
    const std::uint16_t status = accept(frame);
    if (!status) return;
    if (!is_bus_master() || !has_room_for(frame.size())) {
        state_.missed = (state_.missed + 1) & missed_mask;
        return raise(interrupt::receive_overflow);
    }
    store_frame(frame, status);
    raise(interrupt::receive_ok);
}

// CBR is taken along in a local: what the guest made of its memory map may lead a store back to this card.
void Rtl8139::store_frame(EthernetFrame frame, std::uint16_t status) {
    const auto length = static_cast<std::uint32_t>(frame.size() + ethernet::checksum_size);
    std::array<std::uint8_t, header_size> header{};
    std::array<std::uint8_t, ethernet::checksum_size> check{};
    store_little_endian(header, 0, status | length << 16, 4);
    store_little_endian(check, 0, ethernet::checksum(frame), 4);

    const std::uint32_t start = state_.cbr, size = receive_buffer_size();
    std::uint32_t offset = start;
    store_bytes(offset, header);
    store_bytes(offset, frame);
    store_bytes(offset, check);
    state_.cbr = static_cast<std::uint16_t>((start + stored_size(frame.size())) & (size - 1));
}

// With WRAP set the end of a frame lies behind the buffer, where the driver left room for it; not behind the
// largest buffer (RCR, "WRAP").
void Rtl8139::store_bytes(std::uint32_t& offset, std::span<const std::uint8_t> bytes) {
    constexpr std::uint32_t largest = 64 << 10;
    const std::uint32_t size = receive_buffer_size();
    const bool wraps = !(state_.rcr & receive_configuration::no_wrap) || size == largest;
    const std::size_t before_end = wraps ? std::min<std::size_t>(bytes.size(), size - offset) : bytes.size();
    memory_.write_bytes(PhysicalAddress{state_.receive_buffer} + offset, bytes.first(before_end));
    memory_.write_bytes(state_.receive_buffer, bytes.subspan(before_end));
    offset += static_cast<std::uint32_t>(bytes.size());
    if (wraps) offset &= size - 1;
}

}  // namespace calque
