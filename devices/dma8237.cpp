// Registers of the 8237A (data sheet, "Register Description").
#include "devices/dma8237.hpp"

#include "devices/bits.hpp"

namespace calque {

namespace {

enum Register : unsigned {
    command = 8,
    request = 9,
    single_mask = 10,
    mode = 11,
    clear_pointer = 12,
    master_clear = 13,  // read: the temporary register
    clear_mask = 14,
    all_masks = 15
};
enum Command : std::uint8_t { memory_to_memory = 0x01, hold_source = 0x02, controller_disabled = 0x04 };
enum Mode : std::uint8_t {
    autoinitialize = 0x10,
    decrement = 0x20,
    block_mode = 0x80,
    cascade_mode = 0xC0,
    service_mode = 0xC0
};

}  // namespace

std::uint8_t Dma8237::read_half(std::uint16_t value) {
    const bool high = state_.second_byte;
    state_.second_byte = !high;
    return byte_of(value, high);
}

void Dma8237::write_half(std::uint16_t& base, std::uint16_t& current, std::uint8_t value) {
    const unsigned shift = state_.second_byte ? 8 : 0;
    state_.second_byte = !state_.second_byte;
    base = static_cast<std::uint16_t>((base & 0xFF00 >> shift) | value << shift);
    current = base;
}

std::uint8_t Dma8237::read(unsigned index) {
    if (index < command) {
        const Channel& channel = state_.channels[index / 2];
        return read_half(index & 1 ? channel.count : channel.address);
    }
    if (index == all_masks) return state_.mask | 0xF0;
    if (index == master_clear) return state_.temporary;
    if (index != command) return 0;
    const auto status = static_cast<std::uint8_t>(state_.requests << 4 | state_.terminal_counts);
    state_.terminal_counts = 0;
    return status;
}

void Dma8237::write(unsigned index, std::uint8_t value) {
    if (index >= command) return write_command_register(index, value);
    Channel& channel = state_.channels[index / 2];
    if (index & 1)
        write_half(channel.base_count, channel.count, value);
    else
        write_half(channel.base_address, channel.address, value);
}

void Dma8237::write_command_register(unsigned index, std::uint8_t value) {
    const unsigned channel = value & 3;
    switch (index) {
        case command: state_.command = value; break;
        case request: state_.requests = with_bit(state_.requests, channel, bit(value, 2)); break;
        case single_mask: state_.mask = with_bit(state_.mask, channel, bit(value, 2)); break;
        case mode: state_.channels[channel].mode = value; break;
        case clear_pointer: state_.second_byte = false; break;
        case master_clear:
            state_.command = state_.terminal_counts = state_.requests = state_.temporary = 0;
            state_.mask = 0x0F;
            state_.second_byte = false;
            break;
        case clear_mask: state_.mask = 0; break;
        default: state_.mask = value & 0x0F;
    }
}

bool Dma8237::enabled() const { return !(state_.command & controller_disabled); }

bool Dma8237::cascaded(unsigned channel) const {
    return (state_.channels[channel].mode & service_mode) == cascade_mode;
}

// "Software Requests": the channel has to be in block mode.
bool Dma8237::block_requested(unsigned channel) const {
    const bool block = (state_.channels[channel].mode & service_mode) == block_mode;
    return enabled() && bit(state_.requests, channel) && block && !(state_.command & memory_to_memory);
}

bool Dma8237::memory_move_requested() const {
    return enabled() && bit(state_.requests, 0) && state_.command & memory_to_memory;
}

Dma8237::Direction Dma8237::direction(unsigned channel) const {
    return static_cast<Direction>(state_.channels[channel].mode >> 2 & 3);
}

void Dma8237::advance(Channel& channel) {
    channel.address = static_cast<std::uint16_t>(channel.address + (channel.mode & decrement ? -1 : 1));
}

void Dma8237::reload(Channel& channel) {
    channel.address = channel.base_address;
    channel.count = channel.base_count;
}

// Terminal count is reached when the count passes zero: n + 1 units for a count of n.
bool Dma8237::count_one(unsigned index) {
    Channel& channel = state_.channels[index];
    advance(channel);
    if (channel.count-- != 0) return false;
    state_.terminal_counts = with_bit(state_.terminal_counts, index, true);
    state_.requests = with_bit(state_.requests, index, false);
    if (channel.mode & autoinitialize)
        reload(channel);
    else
        state_.mask = with_bit(state_.mask, index, true);
    return true;
}

// Channel 0's own count ends nothing; it only starts its autoinitialization ("Memory-to-Memory").
bool Dma8237::count_memory_move(std::uint8_t byte) {
    state_.temporary = byte;
    Channel& source = state_.channels[0];
    if (!(state_.command & hold_source)) advance(source);
    if (source.count-- == 0 && source.mode & autoinitialize) reload(source);
    if (!count_one(1)) return false;
    state_.requests = with_bit(state_.requests, 0, false);
    return true;
}

}  // namespace calque
