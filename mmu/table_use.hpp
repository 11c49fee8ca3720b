// Which page-table pages the shadow entries were derived from, by region.
#pragma once

#include "mmu/page_walk.hpp"
#include "mmu/zeroed_array.hpp"

#include <array>
#include <bit>
#include <cstdint>

namespace calque {

/// A region (what one page-directory entry maps) is live while shadow entries may exist in it. It then hangs
/// in the list of the page table its entries came through, so that a store to that table finds it.
class TableUse {
public:
    static constexpr unsigned regions = PageWalker::max_regions;
    static constexpr std::uint64_t no_table = 0;  ///< a large page: no page table

    bool live(unsigned region) const { return live_[region >> 6] >> (region & 63) & 1; }
    std::uint64_t entry(unsigned region) const { return regions_[region].entry; }
    /// Number of the region's page table plus one, or no_table.
    std::uint64_t table(unsigned region) const { return regions_[region].table; }
    bool used(std::uint64_t page_number) const { return first_[page_number] != 0; }

    /// The page-directory entry as it reads now: its flags may have been set since.
    void update(unsigned region, std::uint64_t entry) { regions_[region].entry = entry; }
    void add(unsigned region, std::uint64_t entry, std::uint64_t table);
    void remove(unsigned region);

    /// `visit(region)` may remove that region, no other.
    template <typename Visit>
    void for_each_user(std::uint64_t page_number, Visit visit) const {
        for (unsigned link = first_[page_number]; link;) {
            const unsigned region = link - 1;
            link = regions_[region].next;
            visit(region);
        }
    }
    template <typename Visit>
    void for_each_live(Visit visit) const {
        for (unsigned word = 0; word < live_.size(); ++word) {
            for (std::uint64_t bits = live_[word]; bits; bits &= bits - 1)
                visit(word << 6 | static_cast<unsigned>(std::countr_zero(bits)));
        }
    }

private:
    /// Links are region numbers plus one; 0 ends a list.
    struct Region {
        std::uint64_t entry = 0;
        std::uint64_t table = no_table;
        std::uint16_t next = 0, previous = 0;
    };

    std::array<Region, regions> regions_{};
    std::array<std::uint64_t, regions / 64> live_{};
    ZeroedArray<std::uint16_t> first_{PhysicalMemory::pages};
};

}  // namespace calque
