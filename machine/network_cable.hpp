// The cable between a network card and the host: frames on their way in, in guest time.
#pragma once

#include "devices/clock.hpp"
#include "devices/network_card.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

namespace calque {

/// Frames reach the card one after the other at the speed of its wire, by a deadline of the guest's clock and
/// so between two instructions. One that finds no room waits, so that a guest that is slow to read loses
/// nothing; but not for ever, because a driver may need to be told that the ring ran over: some acknowledge
/// what they have not read, and count on the next frame's interrupt.
///
/// What is on its way belongs to the host, as bytes in a pipe do: it is not part of the machine's saved
/// state.
class NetworkCable {
public:
    static constexpr Nanoseconds longest_wait = 10'000'000;
    /// Further frames are lost.
    static constexpr std::size_t longest_queue = 1024;

    /// Plugs itself into `card`, which must outlive it. `sink` gets what the card sends, but for frames too
    /// long for Ethernet, which no peer would take.
    NetworkCable(Clock& clock, NetworkCard& card, std::function<void(EthernetFrame)> sink);
    ~NetworkCable();
    NetworkCable(const NetworkCable&) = delete;
    NetworkCable& operator=(const NetworkCable&) = delete;

    /// Called from the machine's thread. A frame that is too short for Ethernet is filled up with zeros.
    void send(EthernetFrame frame);
    /// Another state of the machine is in force: what was on its way never arrives.
    void drop();

private:
    struct Frame {
        Nanoseconds arrives_at;
        std::vector<std::uint8_t> bytes;
    };
    void arrived();

    Clock& clock_;
    NetworkCard& card_;
    Timer timer_;
    std::deque<Frame> frames_;
    Nanoseconds wire_free_at_ = 0;
    bool waits_for_room_ = false;
};

}  // namespace calque
