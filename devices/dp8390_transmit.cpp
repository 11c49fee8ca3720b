// The transmitter, and what becomes of its frames in loopback.
#include "devices/bits.hpp"
#include "devices/dp8390.hpp"
#include "devices/dp8390_bits.hpp"

#include <algorithm>

namespace calque {

using namespace dp8390;

void Dp8390::start_transmit() {
    if (stopped()) {
        state_.command &= static_cast<std::uint8_t>(~command::transmit);
        return;
    }
    state_.transmitted_at = clock_.now() + ethernet::wire_time(state_.tbcr, bits_per_second());
    transmit_timer_.arm(state_.transmitted_at);
}

void Dp8390::transmitted() {
    std::vector<std::uint8_t> frame(state_.tbcr);
    auto address = static_cast<std::uint16_t>(state_.tpsr << 8);
    for (std::uint8_t& byte : frame) byte = memory_.local_read(address++);
    state_.transmitted_at = never;
    state_.command &= static_cast<std::uint8_t>(~command::transmit);
    state_.tsr = transmit_status::transmitted;
    if (looped_back())
        loop_back(frame);
    else
        transmit(frame);
    raise(interrupt::transmitted);
}

// The frame goes through the FIFO and not to memory, and one checksum unit serves both directions: what it
// appends, it cannot check (data sheet, "Loopback Diagnostics").
void Dp8390::loop_back(EthernetFrame frame) {
    std::vector<std::uint8_t> received(frame.begin(), frame.end());
    const bool checks = state_.tcr & transmit_configuration::omit_checksum;
    bool valid = false;
    if (checks && frame.size() > ethernet::checksum_size) {
        const EthernetFrame data = frame.first(frame.size() - ethernet::checksum_size);
        valid = load_little_endian(frame, data.size(), 4) == ethernet::checksum(data);
    } else if (!checks) {
        received.resize(frame.size() + ethernet::checksum_size);
        store_little_endian(received, frame.size(), ethernet::checksum(frame), 4);
    }
    state_.fifo.fill(0);
    const std::size_t count = std::min(received.size(), state_.fifo.size());
    std::copy_n(received.end() - static_cast<std::ptrdiff_t>(count), count, state_.fifo.begin());
    state_.fifo_position = 0;
    state_.rsr = valid ? receive_status::received : receive_status::checksum_error;
    if (valid) raise(interrupt::received);
}

}  // namespace calque
