// The page walk of 32-bit and PAE paging (SDM vol. 3A, "Paging").
#pragma once

#include "mmu/paging.hpp"

#include <array>
#include <cstdint>

namespace calque {

/// What one walk read, and where it ended.
struct PageWalk {
    enum class End : std::uint8_t { page, not_present, reserved_bit };
    static constexpr PhysicalAddress none = ~PhysicalAddress{0};

    End end = End::not_present;
    bool large = false;                   ///< the page-directory entry maps the page
    PhysicalAddress directory_at = none;  ///< of the page-directory entry; none without a PDPTE
    PhysicalAddress table_at = none;      ///< of the page-table entry; none if not reached
    std::uint64_t directory_entry = 0;
    std::uint64_t table_entry = 0;
    PhysicalAddress page = 0;  ///< if end is page; through the A20 gate

    std::uint64_t leaf() const { return large ? directory_entry : table_entry; }
};

/// Walks the guest's page tables. A region is what one page-directory entry maps: 4 MiB, under PAE 2 MiB.
class PageWalker {
public:
    static constexpr unsigned max_regions = 2048;
    static constexpr unsigned max_directories = 4;

    explicit PageWalker(PhysicalMemory& memory) : memory_(memory) {}

    void configure(const PagingControls& controls);

    /// Reads the entries on the way to `address`; changes nothing.
    PageWalk find(LinearAddress address) const;

    /// What find() would have for an address in the same region, given what it had for another one.
    PageWalk find_beside(const PageWalk& walk, LinearAddress address) const;

    /// Whether a walk that found a page gives this right (SDM vol. 3A, "Access Rights").
    bool allows(const PageWalk& walk, View view, AccessKind kind) const;

    /// Sets `flags` in the entries that were used: accessed on the way, `leaf_flags` in the one that maps the
    /// page.
    void mark_directory(PageWalk& walk);
    void mark_leaf(PageWalk& walk, std::uint64_t leaf_flags);

    /// The page directory of the given number (one, four under PAE), or PageWalk::none.
    PhysicalAddress directory(unsigned number) const { return directories_[number]; }
    unsigned directory_of(unsigned region) const { return region >> index_bits_; }
    unsigned entry_shift() const { return entry_shift_; }
    unsigned entries() const { return 1U << index_bits_; }
    unsigned region_shift() const { return region_shift_; }
    unsigned region_of(LinearAddress address) const {
        return static_cast<unsigned>(address >> region_shift_);
    }
    /// Where the page-directory entry of a region is, or PageWalk::none.
    PhysicalAddress directory_entry_at(unsigned region) const;

    std::uint64_t read_entry(PhysicalAddress address) const;
    /// Whether the error code tells fetches apart.
    bool reports_fetch() const { return execute_disable_ != 0; }

private:
    void find_page(PageWalk& walk, LinearAddress address) const;
    PhysicalAddress large_page(std::uint64_t entry, LinearAddress address) const;
    PageWalk::End check(std::uint64_t entry, std::uint64_t reserved) const;
    void mark(PhysicalAddress at, std::uint64_t& entry, std::uint64_t flags);

    PhysicalMemory& memory_;
    std::array<PhysicalAddress, max_directories> directories_{};
    unsigned entry_shift_ = 2;
    unsigned index_bits_ = 10;
    unsigned region_shift_ = 22;
    bool write_protect_ = false;
    std::uint64_t frame_mask_ = 0;
    std::uint64_t page_size_ = 0;  ///< the PS bit, where it counts
    std::uint64_t reserved_ = 0;
    std::uint64_t reserved_large_ = 0;
    std::uint64_t execute_disable_ = 0;
};

}  // namespace calque
