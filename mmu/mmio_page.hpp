// A 4 KiB page that MMIO ranges cover only in part.
#pragma once

#include "mmu/mmio.hpp"

#include <cstdint>
#include <vector>

namespace calque {

/// Passes accesses on to the range they fall into. Between ranges: reads all ones, stores ignored.
class MmioPage final : public MmioHandler {
public:
    /// The range [base, base + size) goes to `handler` from now on, whatever answered there before.
    void add(PhysicalAddress base, std::uint64_t size, MmioHandler& handler);
    void remove(PhysicalAddress base, std::uint64_t size);
    void clear() { ranges_.clear(); }

    std::uint64_t mmio_read(PhysicalAddress address, unsigned size) override;
    void mmio_write(PhysicalAddress address, std::uint64_t value, unsigned size) override;

private:
    struct Range {
        PhysicalAddress base;
        PhysicalAddress end;
        MmioHandler* handler;
        bool holds(PhysicalAddress address) const { return address >= base && address < end; }
    };
    const Range* find(PhysicalAddress address) const;

    std::vector<Range> ranges_;
};

}  // namespace calque
