// The 64 KiB port I/O space.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace calque {

/// A chip that answers port I/O. `port` is the absolute port number.
class PortDevice {
public:
    virtual ~PortDevice() = default;
    /// `size` is 1 unless the range was attached with a wider `widest`.
    virtual std::uint32_t port_read(std::uint16_t port, unsigned size) = 0;
    virtual void port_write(std::uint16_t port, std::uint32_t value, unsigned size) = 0;
};

/// Routes port accesses. Accesses wider than a device takes are halved until it does (down to bytes,
/// little-endian), and ports that nobody answers read as all ones.
class PortBus {
public:
    /// Attaches ports first..last inclusive. Throws std::logic_error on an overlap.
    void attach(std::uint16_t first, std::uint16_t last, PortDevice& device, std::string name,
                unsigned widest = 1);
    /// Nobody answers any of first..last.
    bool vacant(std::uint16_t first, std::uint16_t last);
    /// Undoes every attachment of `device` that starts at `first` (relocatable BARs).
    void detach(std::uint16_t first, const PortDevice& device);

    std::uint32_t read(std::uint16_t port, unsigned size);
    void write(std::uint16_t port, std::uint32_t value, unsigned size);

    /// Told of accesses that nobody answers (port, size, is_write, value), for logs.
    void on_unhandled(std::function<void(std::uint16_t, unsigned, bool, std::uint32_t)> callback);

private:
    struct Range {
        std::uint16_t first;
        std::uint16_t last;
        PortDevice* device;
        unsigned widest;
        std::string name;
    };
    Range* find(std::uint16_t port);
    static bool takes_whole(const Range* range, std::uint16_t port, unsigned size);
    bool nobody(std::uint16_t port, unsigned size);

    std::vector<Range> ranges_;
    std::vector<std::uint16_t> index_;  ///< by port: 0 for nobody, else 1 + position in ranges_
    std::function<void(std::uint16_t, unsigned, bool, std::uint32_t)> unhandled_;
};

}  // namespace calque
