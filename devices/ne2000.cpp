// The card's ports and its local memory.
#include "devices/ne2000.hpp"

#include "devices/bits.hpp"

#include <algorithm>

namespace calque {

namespace {

constexpr unsigned data_port = 0x10, reset_port = 0x18;
constexpr std::uint16_t memory_base = 0x4000;
constexpr std::uint8_t word_card = 0x57;  // in the PROM's last bytes: a card for 16-bit slots

}  // namespace

Ne2000::Ne2000(Clock& clock, const MacAddress& address) : controller_(clock, *this, state_.controller) {
    std::ranges::copy(address, prom_.begin());
    prom_[14] = prom_[15] = word_card;
}

void Ne2000::restore(const State& state) {
    state_ = state;
    controller_.restored();
}

void Ne2000::reset() {
    state_ = {};
    controller_.reset();
}

// The PROM is an 8-bit part on a 16-bit bus: each of its bytes is there twice.
std::uint8_t Ne2000::local_read(std::uint16_t address) const {
    if (address < memory_base) return prom_[address / 2 % prom_.size()];
    const unsigned offset = address - memory_base;
    return offset < state_.memory.size() ? state_.memory[offset] : 0xFF;
}

void Ne2000::local_write(std::uint16_t address, std::uint8_t value) {
    const unsigned offset = static_cast<unsigned>(address) - memory_base;
    if (offset < state_.memory.size()) state_.memory[offset] = value;
}

std::uint32_t Ne2000::port_read(std::uint16_t port, unsigned size) {
    const unsigned offset = port % port_count;
    if (offset >= data_port && offset < reset_port) return read_data(size);
    std::uint32_t value = 0;
    for (unsigned i = 0; i < size; ++i) value |= std::uint32_t{read_byte((offset + i) % port_count)} << 8 * i;
    return value;
}

void Ne2000::port_write(std::uint16_t port, std::uint32_t value, unsigned size) {
    const unsigned offset = port % port_count;
    if (offset >= data_port && offset < reset_port) return write_data(value, size);
    for (unsigned i = 0; i < size; ++i) write_byte((offset + i) % port_count, byte_of(value, i));
}

// Reading the reset port asserts RESET. It is released by writing there, which nothing needs to wait for.
std::uint8_t Ne2000::read_byte(unsigned offset) {
    if (offset < data_port) return controller_.read(offset);
    if (offset < reset_port) return byte_of(read_data(1));
    controller_.reset();
    return 0;
}

void Ne2000::write_byte(unsigned offset, std::uint8_t value) {
    if (offset < data_port)
        controller_.write(offset, value);
    else if (offset < reset_port)
        write_data(value, 1);
}

// An access moves as many of the controller's transfers as it holds, one at least.
std::uint32_t Ne2000::read_data(unsigned size) {
    std::uint32_t value = 0;
    unsigned moved = 0;
    do {
        value |= std::uint32_t{controller_.remote_read()} << 8 * moved;
        moved += controller_.remote_width();
    } while (moved < size);
    return value;
}

void Ne2000::write_data(std::uint32_t value, unsigned size) {
    unsigned moved = 0;
    do {
        controller_.remote_write(static_cast<std::uint16_t>(value >> 8 * moved));
        moved += controller_.remote_width();
    } while (moved < size);
}

}  // namespace calque
