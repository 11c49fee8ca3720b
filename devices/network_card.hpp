// The connector of a network card, into which a cable is plugged.
#pragma once

#include "devices/ethernet.hpp"

#include <functional>
#include <utility>

namespace calque {

/// Frames leave and arrive here; the card knows nothing of who is at the other end.
class NetworkCard {
public:
    virtual ~NetworkCard() = default;

    /// The speed of its wire.
    virtual std::int64_t bits_per_second() const = 0;

    /// False while a frame of any length could not be stored. True also where the card would discard it.
    virtual bool can_receive() const = 0;
    /// A frame comes in from the wire. What the card has no room for is lost, as on any Ethernet.
    virtual void receive(EthernetFrame frame) = 0;
    /// A peer is plugged in, or away. Guests see it where the card can tell.
    virtual void set_link(bool up) = 0;

    void on_transmit(std::function<void(EthernetFrame)> sink) { transmit_ = std::move(sink); }
    /// Whether there is anybody at the other end.
    bool plugged() const { return transmit_ != nullptr; }
    /// Told when can_receive() may have become true after it was false.
    void on_receive_room(std::function<void()> callback) { receive_room_ = std::move(callback); }

protected:
    void transmit(EthernetFrame frame) {
        if (transmit_) transmit_(frame);
    }
    void tell_receive_room() {
        if (receive_room_) receive_room_();
    }

private:
    std::function<void(EthernetFrame)> transmit_;
    std::function<void()> receive_room_;
};

}  // namespace calque
