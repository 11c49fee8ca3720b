// What every Ethernet card has in common: addresses, frames, checksums, the time a frame takes.
#pragma once

#include "devices/clock.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace calque {

using MacAddress = std::array<std::uint8_t, 6>;

/// From the destination address to the end of the data: without preamble and checksum.
using EthernetFrame = std::span<const std::uint8_t>;

/// One bit for each of the 64 values of multicast_hash().
using MulticastFilter = std::array<std::uint8_t, 8>;

namespace ethernet {

inline constexpr std::size_t header_size = 14, checksum_size = 4;
/// Lengths without the checksum. Shorter frames are runts; the longest has 1,500 bytes of data and a VLAN
/// tag.
inline constexpr std::size_t shortest_frame = 60, longest_frame = 1518;

bool is_broadcast(EthernetFrame frame);
/// True for broadcasts as well.
bool is_multicast(EthernetFrame frame);
bool is_for(EthernetFrame frame, const MacAddress& address);

/// The frame check sequence, in the order in which its bytes follow the frame least significant first.
std::uint32_t checksum(EthernetFrame frame);
/// The six most significant bits of the CRC register after the destination address: what Realtek's and
/// National's cards index their filters with.
unsigned multicast_hash(EthernetFrame frame);
bool passes(const MulticastFilter& filter, EthernetFrame frame);

/// How long `size` bytes and their checksum keep a wire busy, preamble and gap included.
Nanoseconds wire_time(std::size_t size, std::int64_t bits_per_second);

}  // namespace ethernet
}  // namespace calque
