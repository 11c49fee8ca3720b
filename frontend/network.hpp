// What the guest's network card is connected to.
#pragma once

#include "frontend/network_options.hpp"
#include "frontend/packet_capture.hpp"
#include "machine/machine.hpp"
#include "machine/network_cable.hpp"

#include <memory>
#include <optional>

namespace calque {

/// The other end of the card's cable.
class NetworkPeer {
public:
    virtual ~NetworkPeer() = default;
    /// A frame that the guest sent. Answers may come at once.
    virtual void receive(EthernetFrame frame) = 0;
};

/// User-mode networking: a network of its own behind a router that is a process like any other of the host's
/// user. `send` takes frames for the guest. Throws UsageError if a port cannot be forwarded, or if this build
/// has none (user_networking()).
std::unique_ptr<NetworkPeer> make_user_network(const NetworkOptions& options, HostEvents& events,
                                               Clock& clock, const std::function<void(EthernetFrame)>& send);

/// Plugs card and peer together, with the capture between them.
class Network {
public:
    /// The machine must have a card. Throws UsageError.
    Network(const NetworkOptions& options, Machine& machine);

private:
    void capture(EthernetFrame frame);
    void connect();

    const NetworkOptions& options_;
    HostEvents& events_;
    GuestInputs& inputs_;
    Clock& clock_;
    std::optional<PacketCapture> capture_;
    NetworkCable cable_;
    std::unique_ptr<NetworkPeer> peer_;
};

}  // namespace calque
