// The maximum segment size among the options of a TCP segment (RFC 9293, section 3.1 and 3.7.1).
#include "frontend/repeated_syn_ack.hpp"

#include <algorithm>

namespace calque {
namespace {

constexpr std::uint16_t libslirp_mss = 1460;

unsigned big_endian(std::span<const std::uint8_t> bytes, std::size_t offset) {
    return bytes[offset] * 256U + bytes[offset + 1];
}

/// The offset of the TCP segment in a frame of IPv4 that holds a whole header of one.
std::optional<std::size_t> find_tcp(EthernetFrame frame) {
    constexpr std::size_t ip = ethernet::header_size, type = ip - 2, protocol = ip + 9;
    constexpr std::size_t shortest_headers = 20 + 20;
    if (frame.size() < ip + shortest_headers || big_endian(frame, type) != 0x0800) return {};
    const std::size_t tcp = ip + (frame[ip] & 0xFU) * 4;
    if (frame[ip] >> 4 != 4 || frame[protocol] != 6 || tcp + 20 > frame.size()) return {};
    return tcp;
}

/// The offset of the option, of which all four bytes are there.
std::optional<std::size_t> find_mss(EthernetFrame frame, std::size_t tcp) {
    constexpr std::uint8_t end_of_options = 0, no_operation = 1, maximum_segment_size = 2;
    const std::size_t end = std::min(tcp + (frame[tcp + 12] >> 4) * 4U, frame.size());
    for (std::size_t at = tcp + 20; at + 1 < end && frame[at] != end_of_options;) {
        const std::size_t size = frame[at] == no_operation ? 1 : frame[at + 1];
        if (frame[at] == maximum_segment_size && size == 4 && at + size <= end) return at;
        if (size == 0) return {};
        at += size;
    }
    return {};
}

/// Replaces a byte of the segment and keeps its checksum right (RFC 1624, equation 3).
void replace(std::vector<std::uint8_t>& frame, std::size_t tcp, std::size_t at, std::uint8_t value) {
    const std::size_t checksum = tcp + 16;
    const unsigned shift = (at - tcp) % 2 ? 0 : 8;
    unsigned sum = (~big_endian(frame, checksum) & 0xFFFF) + (~(unsigned{frame[at]} << shift) & 0xFFFF) +
                   (unsigned{value} << shift);
    sum = (sum & 0xFFFF) + (sum >> 16);
    sum = ~(sum + (sum >> 16)) & 0xFFFF;
    frame[at] = value;
    frame[checksum] = static_cast<std::uint8_t>(sum >> 8);
    frame[checksum + 1] = static_cast<std::uint8_t>(sum);
}

}  // namespace

std::optional<std::vector<std::uint8_t>> without_large_mss(EthernetFrame frame) {
    constexpr std::uint8_t syn_ack = 0x12;
    const auto tcp = find_tcp(frame);
    if (!tcp || (frame[*tcp + 13] & syn_ack) != syn_ack) return {};
    const auto option = find_mss(frame, *tcp);
    if (!option || big_endian(frame, *option + 2) < libslirp_mss) return {};
    std::vector<std::uint8_t> changed(frame.begin(), frame.end());
    for (std::size_t i = 0; i < 4; ++i) replace(changed, *tcp, *option + i, 1);
    return changed;
}

}  // namespace calque
