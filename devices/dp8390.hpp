// National Semiconductor DP8390 network interface controller.
#pragma once

#include "devices/clock.hpp"
#include "devices/network_card.hpp"
#include "devices/wire.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace calque {

/// 16 registers in three pages, a receive ring and transmit buffers in a card's local memory, and a remote
/// DMA channel between that and the host's port.
///
/// Frames arrive whole and a transmission takes the time that it takes at 10 Mbit/s: there are no collisions
/// and no bad checksums on the wire.
class Dp8390 final : public NetworkCard {
public:
    static constexpr std::uint16_t register_count = 16;

    /// What the controller's own bus leads to.
    class LocalMemory {
    public:
        virtual ~LocalMemory() = default;
        virtual std::uint8_t local_read(std::uint16_t address) const = 0;
        virtual void local_write(std::uint16_t address, std::uint8_t value) = 0;
    };

    struct State {
        std::uint8_t command = 0x21, isr = 0x80, imr = 0;
        std::uint8_t dcr = 0x04, tcr = 0, rcr = 0, tsr = 0, rsr = 0;
        std::uint8_t pstart = 0, pstop = 0, bnry = 0, curr = 0;
        std::uint8_t tpsr = 0;
        std::uint16_t tbcr = 0;
        std::uint16_t remote_address = 0, remote_count = 0;
        std::array<std::uint8_t, 3> tally{};  ///< alignment errors, checksum errors, frames missed
        MacAddress physical{};
        MulticastFilter multicast{};
        std::array<std::uint8_t, 8> fifo{};  ///< what the last loopback left there
        std::uint8_t fifo_position = 0;
        Nanoseconds transmitted_at = never;
    };

    /// `state` is part of the card's.
    Dp8390(Clock& clock, LocalMemory& memory, State& state);

    /// To be called when `state` was replaced.
    void restored();
    /// As the RESET pin does: addresses and pointers stay.
    void reset();

    std::uint8_t read(unsigned index);
    void write(unsigned index, std::uint8_t value);
    /// The page of registers that is selected.
    unsigned page() const { return state_.command >> 6; }

    /// How many bytes the remote DMA channel moves at a time: 1 or 2.
    unsigned remote_width() const;
    /// The card's data port: one transfer. Without a remote operation nothing moves, and ones are read.
    std::uint16_t remote_read();
    void remote_write(std::uint16_t value);

    std::int64_t bits_per_second() const override { return 10'000'000; }
    bool can_receive() const override;
    void receive(EthernetFrame frame) override;
    void set_link(bool) override {}  // the chip cannot tell

    Wire interrupt;  ///< INT

private:
    // Registers: dp8390.cpp
    std::uint8_t read_page0(unsigned index);
    std::uint8_t read_page1(unsigned index) const;
    std::uint8_t read_page2(unsigned index) const;
    void write_page0(unsigned index, std::uint8_t value);
    void write_page1(unsigned index, std::uint8_t value);
    void write_page2(unsigned index, std::uint8_t value);
    std::uint8_t read_tally(unsigned counter);
    std::uint8_t read_fifo();
    void write_command(std::uint8_t value);
    void write_boundary(std::uint8_t value);
    void raise(std::uint8_t causes);
    void clear(std::uint8_t causes);
    void update_interrupt();

    // Remote DMA: dp8390_remote_dma.cpp
    void start_remote_dma();
    bool remote_runs(bool to_host) const;
    void remote_moved(unsigned count);

    // Transmitter: dp8390_transmit.cpp
    void start_transmit();
    void transmitted();
    void loop_back(EthernetFrame frame);

    // Receiver: dp8390_receive.cpp
    bool stopped() const;
    bool looped_back() const;
    unsigned free_pages() const;
    bool has_room_for(std::size_t size) const;
    bool accepts(EthernetFrame frame) const;
    void store_frame(EthernetFrame frame, std::uint8_t status);
    void store_bytes(std::uint16_t& address, std::span<const std::uint8_t> bytes);
    void miss();

    Clock& clock_;
    LocalMemory& memory_;
    State& state_;
    Timer transmit_timer_;
};

template <typename Archive>
void describe(Archive& archive, Dp8390::State& state) {
    archive("command", state.command);
    archive("isr", state.isr);
    archive("imr", state.imr);
    archive("dcr", state.dcr);
    archive("tcr", state.tcr);
    archive("rcr", state.rcr);
    archive("tsr", state.tsr);
    archive("rsr", state.rsr);
    archive("pstart", state.pstart);
    archive("pstop", state.pstop);
    archive("bnry", state.bnry);
    archive("curr", state.curr);
    archive("tpsr", state.tpsr);
    archive("tbcr", state.tbcr);
    archive("remote_address", state.remote_address);
    archive("remote_count", state.remote_count);
    archive("tally", state.tally);
    archive("physical", state.physical);
    archive("multicast", state.multicast);
    archive("fifo", state.fifo);
    archive("fifo_position", state.fifo_position);
    archive("transmitted_at", state.transmitted_at);
}

}  // namespace calque
