// The two 8237As of an AT and the page registers that extend their addresses to 24 bits.
#pragma once

#include "devices/dma8237.hpp"
#include "devices/port_bus.hpp"
#include "mmu/physical_memory.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <span>

namespace calque {

/// Channels 0..3 move bytes, 5..7 words; 4 is the cascade, through which the first chip reaches the bus.
/// Attaches itself: 00h..0Fh, C0h..DFh and the page registers 81h..8Fh (80h is the diagnostic port's).
class Dma8237Pair final : public PortDevice {
public:
    struct State {
        Dma8237::State bytes, words;
        std::array<std::uint8_t, 16> pages{};  ///< by port - 80h
    };
    struct Transfer {
        std::size_t moved = 0;  ///< bytes
        bool terminal_count = false;
    };

    Dma8237Pair(PhysicalMemory& memory, PortBus& ports);
    const State& state() const;
    void restore(const State& state);
    void reset();

    /// What a device does while it asserts DREQ: moves as much as the channel takes, up to terminal count.
    /// Nothing while the channel is masked or programmed for the other direction.
    Transfer write_memory(unsigned channel, std::span<const std::uint8_t> bytes);
    Transfer read_memory(unsigned channel, std::span<std::uint8_t> bytes);

    /// Called before a register is read or written: a device that moves data by the clock does what is due.
    void before_access(std::function<void()> callback) { before_access_ = std::move(callback); }

    std::uint32_t port_read(std::uint16_t port, unsigned size) override;
    void port_write(std::uint16_t port, std::uint32_t value, unsigned size) override;

private:
    template <typename Move>
    Transfer move_units(unsigned channel, Dma8237::Direction direction, std::size_t size, Move move);
    Dma8237& chip(unsigned channel) { return channel < 4 ? bytes_ : words_; }
    bool reaches_bus(unsigned channel) const;
    void run_software_requests();
    void run_block(unsigned channel);
    void move_memory();
    PhysicalAddress address(unsigned channel);

    void tell_access() {
        if (before_access_) before_access_();
    }

    PhysicalMemory& memory_;
    std::function<void()> before_access_;
    Dma8237 bytes_;
    Dma8237 words_;
    mutable State state_;  ///< its chips are filled in by state()
};

template <typename Archive>
void describe(Archive& archive, Dma8237Pair::State& state) {
    archive("bytes", state.bytes);
    archive("words", state.words);
    archive("pages", state.pages);
}

}  // namespace calque
