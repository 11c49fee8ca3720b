// The remote DMA channel, through which the host reaches the card's memory.
#include "devices/bits.hpp"
#include "devices/dp8390.hpp"
#include "devices/dp8390_bits.hpp"

#include <algorithm>
#include <utility>

namespace calque {

using namespace dp8390;

namespace {

Remote remote_operation(std::uint8_t command) {
    const auto field = static_cast<std::uint8_t>((command & command::remote) >> 3);
    return field <= static_cast<std::uint8_t>(Remote::send_packet) ? Remote{field} : Remote::none;
}

}  // namespace

unsigned Dp8390::remote_width() const { return state_.dcr & data_configuration::word_transfer ? 2 : 1; }

/// Send Packet is a read of the ring's next frame, whose header says how long it is.
void Dp8390::start_remote_dma() {
    const Remote operation = remote_operation(state_.command);
    if (operation == Remote::none) return;
    if (operation == Remote::send_packet) {
        state_.remote_address = static_cast<std::uint16_t>(state_.bnry << 8);
        const auto length = [this](unsigned offset) {
            return memory_.local_read(static_cast<std::uint16_t>(state_.remote_address + offset));
        };
        state_.remote_count = static_cast<std::uint16_t>(length(2) | length(3) << 8);
    }
    if (state_.remote_count == 0) raise(interrupt::remote_complete);
}

bool Dp8390::remote_runs(bool to_host) const {
    const Remote operation = remote_operation(state_.command);
    const bool reads = operation == Remote::read || operation == Remote::send_packet;
    return state_.remote_count && (to_host ? reads : operation == Remote::write);
}

std::uint16_t Dp8390::remote_read() {
    if (!remote_runs(true)) return 0xFFFF;
    const unsigned width = remote_width();
    const auto byte_at = [&](unsigned i) {
        return memory_.local_read(static_cast<std::uint16_t>((state_.remote_address & ~(width - 1)) + i));
    };
    unsigned first = byte_at(0), second = width > 1 ? byte_at(1) : 0;
    if (width > 1 && state_.dcr & data_configuration::big_endian) std::swap(first, second);
    remote_moved(width);
    return static_cast<std::uint16_t>(first | second << 8);
}

void Dp8390::remote_write(std::uint16_t value) {
    if (!remote_runs(false)) return;
    const unsigned width = remote_width();
    const bool swapped = width > 1 && state_.dcr & data_configuration::big_endian;
    for (unsigned i = 0; i < width; ++i)
        memory_.local_write(static_cast<std::uint16_t>((state_.remote_address & ~(width - 1)) + i),
                            byte_of(value, swapped ? 1 - i : i));
    remote_moved(width);
}

// At the ring's end it goes on at its start (data sheet, "Remote DMA").
void Dp8390::remote_moved(unsigned count) {
    state_.remote_address = static_cast<std::uint16_t>(state_.remote_address + count);
    if (state_.remote_address == state_.pstop << 8)
        state_.remote_address = static_cast<std::uint16_t>(state_.pstart << 8);
    state_.remote_count -= static_cast<std::uint16_t>(std::min<unsigned>(count, state_.remote_count));
    if (state_.remote_count == 0) raise(interrupt::remote_complete);
}

}  // namespace calque
