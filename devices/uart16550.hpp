// National Semiconductor PC16550D serial port.
#pragma once

#include "devices/clock.hpp"
#include "devices/port_bus.hpp"
#include "devices/wire.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace calque {

/// Eight ports from `base` on.
///
/// The line is faster than any real one: a byte written to THR is handed over at once, and THRE comes back
/// `transmit_time` later whatever the divisor says. Received bytes are `receive_time` apart, as at
/// 115,200 baud, so that a guest with a 16-byte FIFO keeps up with a host's pipe. The peer does not speak
/// before somebody listens: what it sent while a driver is still probing the chip would be lost.
class Uart16550 final : public PortDevice {
public:
    static constexpr std::uint16_t port_count = 8;
    static constexpr Nanoseconds transmit_time = 1'000;
    static constexpr Nanoseconds receive_time = 86'806;
    static constexpr Nanoseconds reaction_time =
        1'000'000;  ///< from finding a listener to the peer's first byte

    struct State {
        std::uint8_t ier = 0, fcr = 0, lcr = 0, mcr = 0, lsr = 0x60, msr = 0xB0, scratch = 0;
        std::uint16_t divisor = 12;
        std::vector<std::uint8_t> received;         ///< the receive FIFO, or RBR alone
        std::vector<std::uint8_t> received_errors;  ///< LSR bits of each that LSR has not shown yet
        bool thr_empty_pending = false;
        bool timeout_pending = false;
        bool peer_speaks = false;     ///< RTS, a receive interrupt or polling once showed a listener
        std::uint8_t idle_polls = 0;  ///< reads of an idle LSR since the last write to the chip
        bool peer_heeds_rts = false;  ///< RTS was raised once: from then on it pauses the peer while low
        Nanoseconds transmitted_at = never;
        Nanoseconds receive_ready_at = 0;  ///< when the line may bring the next byte
        Nanoseconds timeout_at = never;    ///< when unread bytes below the trigger level are reported
    };

    Uart16550(Clock& clock, std::uint16_t base);
    const State& state() const { return state_; }
    void restore(const State& state);
    void reset();

    std::uint16_t base() const { return base_; }
    void on_transmit(std::function<void(std::uint8_t)> sink) { transmit_ = std::move(sink); }

    /// True when receive() would take a byte.
    bool can_receive();
    /// A byte comes in on the line. False: no room now, offer it again when told.
    bool receive(std::uint8_t byte);
    /// Told when can_receive() may have become true after it was false.
    void on_receive_room(std::function<void()> callback) { receive_room_ = std::move(callback); }
    /// Tells so if it is the case: what waits for room goes on after the state was replaced.
    void offer_room();

    std::uint32_t port_read(std::uint16_t port, unsigned size) override;
    void port_write(std::uint16_t port, std::uint32_t value, unsigned size) override;

    Wire irq;

private:
    bool fifo_enabled() const;
    std::size_t capacity() const;
    std::size_t trigger_level() const;
    std::uint8_t interrupt_identification() const;
    std::uint8_t modem_inputs() const;
    void arm();
    void update();
    void update_msr(std::uint8_t inputs);
    void look_for_listener();

    std::uint8_t read_register(unsigned index);
    std::uint8_t read_received();
    std::uint8_t read_iir();
    std::uint8_t read_lsr();
    std::uint8_t read_msr();
    void write_register(unsigned index, std::uint8_t value);
    void write_thr(std::uint8_t value);
    void write_ier(std::uint8_t value);
    void write_fcr(std::uint8_t value);
    void write_lcr(std::uint8_t value);
    void write_mcr(std::uint8_t value);
    bool breaks() const;
    void break_begins(bool before);
    void loop_back(std::uint8_t byte);
    void accept(std::uint8_t byte, std::uint8_t line_errors = 0);
    void show_errors();
    void transmitted();
    void timed_out();

    Clock& clock_;
    std::uint16_t base_;
    Timer transmit_timer_;
    Timer receive_timer_;
    Timer timeout_timer_;
    State state_;
    std::function<void(std::uint8_t)> transmit_;
    std::function<void()> receive_room_;
};

template <typename Archive>
void describe(Archive& archive, Uart16550::State& state) {
    archive("ier", state.ier);
    archive("fcr", state.fcr);
    archive("lcr", state.lcr);
    archive("mcr", state.mcr);
    archive("lsr", state.lsr);
    archive("msr", state.msr);
    archive("scratch", state.scratch);
    archive("divisor", state.divisor);
    archive("received", state.received);
    archive("received_errors", state.received_errors);
    archive("thr_empty_pending", state.thr_empty_pending);
    archive("timeout_pending", state.timeout_pending);
    archive("peer_speaks", state.peer_speaks);
    archive("idle_polls", state.idle_polls);
    archive("peer_heeds_rts", state.peer_heeds_rts);
    archive("transmitted_at", state.transmitted_at);
    archive("receive_ready_at", state.receive_ready_at);
    archive("timeout_at", state.timeout_at);
}

}  // namespace calque
