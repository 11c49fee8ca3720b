// Addresses, checksums and wire times.
#include "devices/ethernet.hpp"

#include "devices/bits.hpp"

#include <zlib.h>

#include <algorithm>

namespace calque::ethernet {

bool is_for(EthernetFrame frame, const MacAddress& address) {
    return frame.size() >= address.size() && std::ranges::equal(frame.first(address.size()), address);
}

bool is_broadcast(EthernetFrame frame) {
    return is_for(frame, MacAddress{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF});
}

bool is_multicast(EthernetFrame frame) { return !frame.empty() && bit(frame[0], 0); }

std::uint32_t checksum(EthernetFrame frame) {
    return static_cast<std::uint32_t>(crc32(0, frame.data(), static_cast<uInt>(frame.size())));
}

// The cards' register shifts left where zlib's shifts right and complements its result.
unsigned multicast_hash(EthernetFrame frame) {
    const std::uint32_t reversed = ~checksum(frame.first(std::min(frame.size(), MacAddress{}.size())));
    unsigned hash = 0;
    for (unsigned i = 0; i < 6; ++i) hash = hash << 1 | (reversed >> i & 1);
    return hash;
}

bool passes(const MulticastFilter& filter, EthernetFrame frame) {
    const unsigned hash = multicast_hash(frame);
    return bit(filter[hash >> 3], hash & 7);
}

Nanoseconds wire_time(std::size_t size, std::int64_t bits_per_second) {
    constexpr std::size_t preamble = 8, gap = 12;
    const std::size_t bytes = std::max(size, shortest_frame) + checksum_size + preamble + gap;
    return static_cast<Nanoseconds>(bytes) * 8 * nanoseconds_per_second / bits_per_second;
}

}  // namespace calque::ethernet
