// Routing of port accesses, with wide accesses to narrow devices split in one place.
#include "devices/port_bus.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace calque {

namespace {

constexpr std::size_t port_count = 0x1'0000;

constexpr std::uint32_t all_ones(unsigned size) { return 0xFFFF'FFFFu >> (32 - 8 * size); }

constexpr std::uint16_t next_port(std::uint16_t port, unsigned distance) {
    return static_cast<std::uint16_t>(port + distance);
}

}  // namespace

void PortBus::attach(std::uint16_t first, std::uint16_t last, PortDevice& device, std::string name,
                     unsigned widest) {
    index_.resize(port_count);
    for (unsigned port = first; port <= last; ++port) {
        if (const Range* taken = find(static_cast<std::uint16_t>(port)))
            throw std::logic_error(fmt::format("port {:x}h of {} belongs to {}", port, name, taken->name));
    }
    ranges_.push_back({first, last, &device, widest, std::move(name)});
    for (unsigned port = first; port <= last; ++port)
        index_[port] = static_cast<std::uint16_t>(ranges_.size());
}

void PortBus::detach(std::uint16_t first, const PortDevice& device) {
    std::erase_if(ranges_,
                  [&](const Range& range) { return range.first == first && range.device == &device; });
    index_.assign(port_count, 0);
    for (std::size_t i = 0; i < ranges_.size(); ++i) {
        for (unsigned port = ranges_[i].first; port <= ranges_[i].last; ++port)
            index_[port] = static_cast<std::uint16_t>(i + 1);
    }
}

PortBus::Range* PortBus::find(std::uint16_t port) {
    if (index_.empty() || index_[port] == 0) return nullptr;
    return &ranges_[index_[port] - 1u];
}

bool PortBus::takes_whole(const Range* range, std::uint16_t port, unsigned size) {
    return range && size <= range->widest && port + size - 1 <= range->last;
}

bool PortBus::vacant(std::uint16_t first, std::uint16_t last) { return nobody(first, last - first + 1u); }

bool PortBus::nobody(std::uint16_t port, unsigned size) {
    for (unsigned i = 0; i < size; ++i) {
        if (find(next_port(port, i))) return false;
    }
    return true;
}

std::uint32_t PortBus::read(std::uint16_t port, unsigned size) {
    if (Range* range = find(port); takes_whole(range, port, size))
        return range->device->port_read(port, size) & all_ones(size);
    if (nobody(port, size)) {
        if (unhandled_) unhandled_(port, size, false, all_ones(size));
        return all_ones(size);
    }
    const unsigned half = size / 2;
    const std::uint32_t low = read(port, half);
    return low | read(next_port(port, half), half) << 8 * half;
}

void PortBus::write(std::uint16_t port, std::uint32_t value, unsigned size) {
    value &= all_ones(size);
    if (Range* range = find(port); takes_whole(range, port, size)) {
        range->device->port_write(port, value, size);
    } else if (nobody(port, size)) {
        if (unhandled_) unhandled_(port, size, true, value);
    } else {
        const unsigned half = size / 2;
        write(port, value & all_ones(half), half);
        write(next_port(port, half), value >> 8 * half, half);
    }
}

void PortBus::on_unhandled(std::function<void(std::uint16_t, unsigned, bool, std::uint32_t)> callback) {
    unhandled_ = std::move(callback);
}

}  // namespace calque
