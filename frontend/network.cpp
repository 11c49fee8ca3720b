// What the guest's network card is connected to.
#include "frontend/network.hpp"

namespace calque {

Network::Network(const NetworkOptions& options, Machine& machine)
    : clock_(machine.board().clock()),
      cable_(clock_, *machine.board().chips().network_card(), [this](EthernetFrame frame) {
          capture(frame);
          peer_->receive(frame);
      }) {
    peer_ = make_user_network(options, machine.events(), clock_, [this](EthernetFrame frame) {
        capture(frame);
        cable_.send(frame);
    });
    if (!options.capture.empty()) capture_.emplace(options.capture, options.capture_start);
}

void Network::capture(EthernetFrame frame) {
    if (capture_) capture_->add(frame, clock_.now());
}

}  // namespace calque
