// Builds without user networking.
#include "frontend/network.hpp"
#include "frontend/usage_error.hpp"

namespace calque {

bool user_networking() { return false; }

std::unique_ptr<NetworkPeer> make_user_network(const NetworkOptions&, HostEvents&, Clock&,
                                               const std::function<void(EthernetFrame)>&) {
    throw UsageError("this build has no user networking");
}

}  // namespace calque
