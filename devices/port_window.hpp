// A range of ports whose place the guest chooses.
#pragma once

#include "devices/port_bus.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace calque {

/// Guests may choose badly: a place that is taken already leaves the window unattached, as if another chip
/// had won the bus.
class PortWindow {
public:
    PortWindow(PortBus& bus, PortDevice& device, std::uint16_t size, std::string name, unsigned widest = 1)
        : bus_(bus), device_(device), size_(size), name_(std::move(name)), widest_(widest) {}

    /// Moves the window; nullopt takes it off the bus.
    void place(std::optional<std::uint16_t> base) {
        if (base == wanted_) return;
        if (attached_) bus_.detach(*wanted_, device_);
        wanted_ = base;
        attached_ = base && bus_.vacant(*base, last(*base));
        if (attached_) bus_.attach(*base, last(*base), device_, name_, widest_);
    }
    bool contains(std::uint16_t port) const {
        return attached_ && port >= *wanted_ && port <= last(*wanted_);
    }
    /// The distance of a port in the window from its start.
    std::uint16_t offset(std::uint16_t port) const { return static_cast<std::uint16_t>(port - *wanted_); }

private:
    std::uint16_t last(std::uint16_t base) const { return static_cast<std::uint16_t>(base + size_ - 1); }

    PortBus& bus_;
    PortDevice& device_;
    std::uint16_t size_;
    std::string name_;
    unsigned widest_;
    std::optional<std::uint16_t> wanted_;
    bool attached_ = false;
};

}  // namespace calque
