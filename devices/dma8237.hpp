// Intel 8237A DMA controller: one chip of four channels.
#pragma once

#include <array>
#include <cstdint>

namespace calque {

/// Registers and counting; Dma8237Pair moves the bytes. Addresses and counts are in units of the chip's
/// width.
class Dma8237 {
public:
    enum class Direction : std::uint8_t { verify = 0, to_memory = 1, from_memory = 2, illegal = 3 };

    struct Channel {
        std::uint16_t base_address = 0, base_count = 0;
        std::uint16_t address = 0, count = 0;
        std::uint8_t mode = 0;
    };
    struct State {
        std::array<Channel, 4> channels;
        std::uint8_t command = 0;
        std::uint8_t terminal_counts = 0;  ///< status bits 0..3
        std::uint8_t requests = 0;         ///< by software
        std::uint8_t mask = 0x0F;
        std::uint8_t temporary = 0;  ///< the last byte that went from memory to memory
        bool second_byte = false;
    };

    const State& state() const { return state_; }
    void restore(const State& state) { state_ = state; }
    void reset() { restore({}); }

    /// Registers 0..15.
    std::uint8_t read(unsigned index);
    void write(unsigned index, std::uint8_t value);

    /// Would the channel answer a device's DREQ?
    bool ready(unsigned channel) const { return enabled() && !(state_.mask >> channel & 1); }
    /// The channel passes another bus master's request on and moves nothing itself.
    bool cascaded(unsigned channel) const;
    /// Software has asked for a block, which no mask prevents.
    bool block_requested(unsigned channel) const;
    /// Software has asked for a move from channel 0's address to channel 1's.
    bool memory_move_requested() const;
    Direction direction(unsigned channel) const;
    std::uint16_t address(unsigned channel) const { return state_.channels[channel].address; }
    /// One unit was moved. True at terminal count; the channel then reloads (autoinitialize) or masks itself.
    bool count_one(unsigned channel);
    /// A byte went from channel 0's address to channel 1's. True at channel 1's terminal count.
    bool count_memory_move(std::uint8_t byte);

private:
    bool enabled() const;
    void advance(Channel& channel);
    static void reload(Channel& channel);
    std::uint8_t read_half(std::uint16_t value);
    void write_half(std::uint16_t& base, std::uint16_t& current, std::uint8_t value);
    void write_command_register(unsigned index, std::uint8_t value);

    State state_;
};

template <typename Archive>
void describe(Archive& archive, Dma8237::Channel& channel) {
    archive("base_address", channel.base_address);
    archive("base_count", channel.base_count);
    archive("address", channel.address);
    archive("count", channel.count);
    archive("mode", channel.mode);
}

template <typename Archive>
void describe(Archive& archive, Dma8237::State& state) {
    archive("channels", state.channels);
    archive("command", state.command);
    archive("terminal_counts", state.terminal_counts);
    archive("requests", state.requests);
    archive("mask", state.mask);
    archive("temporary", state.temporary);
    archive("second_byte", state.second_byte);
}

}  // namespace calque
