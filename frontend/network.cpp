// What the guest's network card is connected to.
#include "frontend/network.hpp"

namespace calque {

Network::Network(const NetworkOptions& options, Machine& machine)
    : options_(options),
      events_(machine.events()),
      inputs_(machine.inputs()),
      clock_(machine.board().clock()),
      cable_(clock_, *machine.board().chips().network_card(), [this](EthernetFrame frame) {
          capture(frame);
          peer_->receive(frame);
      }) {
    inputs_.on_frame([this](EthernetFrame frame) {
        capture(frame);
        cable_.send(frame);
    });
    connect();
    if (!options.capture.empty()) capture_.emplace(options.capture, options.capture_start);
    machine.on_load([this] { connect(); });
}

/// To a peer that knows of nothing yet: connections cannot be put back to where they were.
void Network::connect() {
    cable_.drop();
    peer_.reset();
    peer_ =
        make_user_network(options_, events_, clock_, [this](EthernetFrame frame) { inputs_.frame(frame); });
}

void Network::capture(EthernetFrame frame) {
    if (capture_) capture_->add(frame, clock_.now());
}

}  // namespace calque
