// The blocks of one physical page.
#pragma once

#include "cpu/block.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace calque {

/// Addresses are physical ones within the page; a store's bytes are [first, last].
class CodePage {
public:
    bool empty() const { return places_.empty(); }
    /// The block has those of its bytes in this page.
    void add(Block& block, PhysicalAddress first, PhysicalAddress last) {
        places_.push_back({offset(first), offset(last), &block});
        chunks_ |= chunk_mask(first, last);
    }
    void remove(const Block& block) {
        std::erase_if(places_, [&](const Place& place) { return place.block == &block; });
    }

    /// False: no block has a byte of [first, last].
    bool may_hold(PhysicalAddress first, PhysicalAddress last) const {
        return chunks_ & chunk_mask(first, last);
    }
    /// Any block that has a byte of [first, last], or nullptr.
    Block* find(PhysicalAddress first, PhysicalAddress last) const {
        if (!may_hold(first, last)) return nullptr;
        const auto found =
            std::ranges::find_if(places_, [&](const Place& place) { return place.overlaps(first, last); });
        return found == places_.end() ? nullptr : found->block;
    }
    /// All blocks that have the byte.
    std::vector<const Block*> holding(PhysicalAddress address) const {
        std::vector<const Block*> found;
        for (const Place& place : places_)
            if (place.overlaps(address, address)) found.push_back(place.block);
        return found;
    }

private:
    struct Place {
        std::uint16_t begin, end;  ///< offsets in the page, of its first and last byte there
        Block* block;

        bool overlaps(PhysicalAddress first, PhysicalAddress last) const {
            return begin <= offset(last) && offset(first) <= end;
        }
    };

    static std::uint16_t offset(PhysicalAddress address) {
        return static_cast<std::uint16_t>(address & page_mask);
    }
    /// One bit for each 64 bytes of a page that [first, last] touches.
    static std::uint64_t chunk_mask(PhysicalAddress first, PhysicalAddress last) {
        const unsigned low = first >> 6 & 63U, high = last >> 6 & 63U;
        return ~0ULL >> (63 - (high - low)) << low;
    }

    std::uint64_t chunks_ = 0;  ///< which hold code, or did
    std::vector<Place> places_;
};

}  // namespace calque
