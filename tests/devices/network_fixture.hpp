// What tests of network cards share: buses, time that passes deadline by deadline, a wire that writes down.
#pragma once

#include "bench_clock.hpp"
#include "devices/network_card.hpp"
#include "devices/port_bus.hpp"
#include "mmu/physical_memory.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace calque {

using FrameBytes = std::vector<std::uint8_t>;
using Frames = std::vector<FrameBytes>;

inline constexpr MacAddress card_address{0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
inline constexpr MacAddress other_address{0x02, 0x00, 0x00, 0x00, 0x00, 0x01};
inline constexpr MacAddress broadcast_address{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
/// All IPv4 hosts: its hash is checked against a CRC worked out by hand in ethernet.cpp.
inline constexpr MacAddress multicast_address{0x01, 0x00, 0x5E, 0x00, 0x00, 0x01};

/// A frame of `size` bytes to `destination` whose data counts up.
inline FrameBytes frame_to(const MacAddress& destination, std::size_t size = 100) {
    FrameBytes frame(size);
    for (std::size_t i = 0; i < size; ++i) frame[i] = static_cast<std::uint8_t>(i * 7 + size);
    std::ranges::copy(destination, frame.begin());
    std::ranges::copy(other_address, frame.begin() + 6);
    return frame;
}

struct NetworkFixture {
    static constexpr std::uint16_t base = 0xC000;

    BenchClock bench;
    PhysicalMemory memory{4 << 20};
    PortBus ports;
    Frames sent;

    void record(NetworkCard& card) {
        card.on_transmit([this](EthernetFrame frame) { sent.emplace_back(frame.begin(), frame.end()); });
    }
    void out(unsigned offset, std::uint32_t value, unsigned size) {
        ports.write(static_cast<std::uint16_t>(base + offset), value, size);
    }
    std::uint32_t in(unsigned offset, unsigned size) {
        return ports.read(static_cast<std::uint16_t>(base + offset), size);
    }
    FrameBytes bytes_at(PhysicalAddress address, std::size_t size) {
        FrameBytes bytes(size);
        memory.read_bytes(address, bytes);
        return bytes;
    }
    /// Until nothing is left to happen.
    void settle() {
        while (bench.clock.next_deadline() != never) bench.advance_to(bench.clock.next_deadline());
    }
};

}  // namespace calque
