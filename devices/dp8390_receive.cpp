// The receiver: which frames are wanted, and the ring of 256-byte pages into which they go.
#include "devices/bits.hpp"
#include "devices/dp8390.hpp"
#include "devices/dp8390_bits.hpp"

#include <array>

namespace calque {

using namespace dp8390;

namespace {

constexpr unsigned header_size = 4, ring_page_size = 256;

/// Header, data and checksum.
constexpr unsigned pages_of(std::size_t size) {
    return static_cast<unsigned>((header_size + size + ethernet::checksum_size + ring_page_size - 1) /
                                 ring_page_size);
}

}  // namespace

bool Dp8390::stopped() const { return state_.command & command::stop; }

bool Dp8390::looped_back() const { return state_.tcr & transmit_configuration::loopback; }

// From CURR up to BNRY, which holds what the host has not read. Both being equal means an empty ring: the
// last page is never filled.
unsigned Dp8390::free_pages() const {
    if (state_.pstart >= state_.pstop) return 0;
    const unsigned ring = state_.pstop - state_.pstart;
    if (state_.curr < state_.bnry) return state_.bnry - state_.curr;
    const unsigned used = state_.curr - state_.bnry;
    return used < ring ? ring - used : 0;
}

bool Dp8390::has_room_for(std::size_t size) const { return pages_of(size) < free_pages(); }

bool Dp8390::can_receive() const {
    return stopped() || looped_back() || has_room_for(ethernet::longest_frame);
}

bool Dp8390::accepts(EthernetFrame frame) const {
    const auto wanted = [this](std::uint8_t which) { return (state_.rcr & which) != 0; };
    if (frame.size() < ethernet::shortest_frame && !wanted(receive_configuration::runt)) return false;
    if (ethernet::is_broadcast(frame)) return wanted(receive_configuration::broadcast);
    if (ethernet::is_multicast(frame))
        return wanted(receive_configuration::multicast) && ethernet::passes(state_.multicast, frame);
    return wanted(receive_configuration::promiscuous) || ethernet::is_for(frame, state_.physical);
}

void Dp8390::receive(EthernetFrame frame) {
    if (stopped() || looped_back() || frame.size() < ethernet::header_size || !accepts(frame)) return;
    std::uint8_t status = receive_status::received;
    if (ethernet::is_multicast(frame)) status |= receive_status::group_address;
    if (state_.rcr & receive_configuration::monitor) {
        state_.rsr = static_cast<std::uint8_t>(status | receive_status::disabled);
        return miss();
    }
    if (!has_room_for(frame.size())) {
        miss();
        return raise(interrupt::overwrite | interrupt::reset);
    }
    state_.rsr = status;
    store_frame(frame, status);
    raise(interrupt::received);
}

/// The tally stops at 192 and asks to be read from 128 on.
void Dp8390::miss() {
    constexpr std::uint8_t most = 192, warning = 0x80;
    std::uint8_t& count = state_.tally[2];
    if (count < most) ++count;
    if (count >= warning) raise(interrupt::counter_overflow);
}

void Dp8390::store_frame(EthernetFrame frame, std::uint8_t status) {
    unsigned next = state_.curr + pages_of(frame.size());
    if (next >= state_.pstop) next -= static_cast<unsigned>(state_.pstop - state_.pstart);
    const std::size_t length = frame.size() + ethernet::checksum_size;
    const std::array<std::uint8_t, header_size> header{status, byte_of(next), byte_of(length, 0),
                                                       byte_of(length, 1)};
    std::array<std::uint8_t, ethernet::checksum_size> check{};
    store_little_endian(check, 0, ethernet::checksum(frame), 4);

    auto address = static_cast<std::uint16_t>(state_.curr << 8);
    store_bytes(address, header);
    store_bytes(address, frame);
    store_bytes(address, check);
    state_.curr = byte_of(next);
}

void Dp8390::store_bytes(std::uint16_t& address, std::span<const std::uint8_t> bytes) {
    for (const std::uint8_t byte : bytes) {
        memory_.local_write(address++, byte);
        if (address == state_.pstop << 8) address = static_cast<std::uint16_t>(state_.pstart << 8);
    }
}

}  // namespace calque
