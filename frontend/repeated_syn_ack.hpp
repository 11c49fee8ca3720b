// What a guest that answers a connection twice would lose to libslirp.
#pragma once

#include "devices/ethernet.hpp"

#include <optional>
#include <vector>

namespace calque {

/// libslirp empties a connection's buffers whenever it reads a maximum segment size, also from a SYN-ACK that
/// it has seen before: what the host sent in between is gone. Guests repeat theirs when libslirp repeated its
/// SYN.
///
/// A SYN-ACK over IPv4 whose maximum segment size is no smaller than what libslirp uses unasked, without that
/// option; nothing for any other frame.
std::optional<std::vector<std::uint8_t>> without_large_mss(EthernetFrame frame);

}  // namespace calque
