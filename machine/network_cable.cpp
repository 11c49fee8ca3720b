// The cable between a network card and the host.
#include "machine/network_cable.hpp"

#include <algorithm>

namespace calque {

NetworkCable::NetworkCable(Clock& clock, NetworkCard& card, std::function<void(EthernetFrame)> sink)
    : clock_(clock), card_(card), timer_(clock, "network cable", [this] { arrived(); }) {
    card_.on_transmit([sink = std::move(sink)](EthernetFrame frame) {
        if (frame.size() <= ethernet::longest_frame) sink(frame);
    });
    card_.on_receive_room([this] {
        if (waits_for_room_ && card_.can_receive()) timer_.arm(clock_.now());
    });
    card_.set_link(true);
}

NetworkCable::~NetworkCable() {
    card_.on_transmit({});
    card_.on_receive_room({});
}

// A machine that looks late finds all that has arrived by then.
void NetworkCable::send(EthernetFrame frame) {
    if (frames_.size() >= longest_queue) return;
    wire_free_at_ =
        std::max(wire_free_at_, clock_.now()) + ethernet::wire_time(frame.size(), card_.bits_per_second());
    Frame& waiting = frames_.emplace_back(Frame{wire_free_at_, {frame.begin(), frame.end()}});
    waiting.bytes.resize(std::max(frame.size(), ethernet::shortest_frame));
    if (frames_.size() == 1) timer_.arm(wire_free_at_);
}

void NetworkCable::drop() {
    frames_.clear();
    timer_.disarm();
    wire_free_at_ = 0;
    waits_for_room_ = false;
}

void NetworkCable::arrived() {
    waits_for_room_ = !waits_for_room_ && !card_.can_receive();
    if (waits_for_room_) return timer_.arm(clock_.now() + longest_wait);
    card_.receive(frames_.front().bytes);
    frames_.pop_front();
    if (!frames_.empty()) timer_.arm(frames_.front().arrives_at);
}

}  // namespace calque
