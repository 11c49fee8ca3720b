// Pages to which a debugger wants to see every access.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace calque {

struct WatchedPages {
    /// Page numbers, both inclusive.
    struct Range {
        std::uint64_t first, last;
    };
    std::vector<Range> linear, physical;

    bool empty() const { return linear.empty() && physical.empty(); }
    bool hold(std::uint64_t linear_page, std::uint64_t physical_page) const {
        return in(linear, linear_page) || in(physical, physical_page);
    }

private:
    static bool in(const std::vector<Range>& ranges, std::uint64_t page) {
        return std::ranges::any_of(
            ranges, [=](const Range& range) { return range.first <= page && page <= range.last; });
    }
};

}  // namespace calque
