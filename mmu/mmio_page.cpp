// Dispatch inside a page that several MMIO ranges share.
#include "mmu/mmio_page.hpp"

#include <algorithm>

namespace calque {

void MmioPage::add(PhysicalAddress base, std::uint64_t size, MmioHandler& handler) {
    remove(base, size);
    ranges_.push_back({base, base + size, &handler});
}

void MmioPage::remove(PhysicalAddress base, std::uint64_t size) {
    const PhysicalAddress end = base + size;
    std::vector<Range> kept;
    for (const Range& range : ranges_) {
        const Range below{range.base, std::min(range.end, base), range.handler};
        const Range above{std::max(range.base, end), range.end, range.handler};
        if (below.base < below.end) kept.push_back(below);
        if (above.base < above.end) kept.push_back(above);
    }
    ranges_ = std::move(kept);
}

const MmioPage::Range* MmioPage::find(PhysicalAddress address) const {
    const auto found =
        std::ranges::find_if(ranges_, [&](const Range& range) { return range.holds(address); });
    return found == ranges_.end() ? nullptr : &*found;
}

std::uint64_t MmioPage::mmio_read(PhysicalAddress address, unsigned size) {
    const Range* range = find(address);
    if (range && range->holds(address + size - 1)) return range->handler->mmio_read(address, size);
    if (size == 1) return 0xff;
    const unsigned half = size / 2;
    const std::uint64_t low = mmio_read(address, half);
    return low | mmio_read(address + half, half) << 8 * half;
}

void MmioPage::mmio_write(PhysicalAddress address, std::uint64_t value, unsigned size) {
    const Range* range = find(address);
    if (range && range->holds(address + size - 1)) return range->handler->mmio_write(address, value, size);
    if (size == 1) return;
    const unsigned half = size / 2;
    mmio_write(address, value & ((1ULL << 8 * half) - 1), half);
    mmio_write(address + half, value >> 8 * half, half);
}

}  // namespace calque
