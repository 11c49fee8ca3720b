// What stands behind a physical address that is not plain memory.
#pragma once

#include <cstdint>

namespace calque {

using PhysicalAddress = std::uint64_t;

/// What answers accesses to a range that is not plain memory. `address` is the guest-physical
/// address; `size` is 1, 2, 4 or 8 and the access never crosses the range's end.
class MmioHandler {
public:
    virtual ~MmioHandler() = default;
    virtual std::uint64_t mmio_read(PhysicalAddress address, unsigned size) = 0;
    virtual void mmio_write(PhysicalAddress address, std::uint64_t value, unsigned size) = 0;
};

}  // namespace calque
