// The soft shadow page table of one view: linear page to host pointer, flat.
#pragma once

#include "mmu/aperture.hpp"
#include "mmu/page_set.hpp"
#include "mmu/paging.hpp"
#include "mmu/physical_memory.hpp"
#include "mmu/zeroed_array.hpp"

#include <cstdint>

namespace calque {

/// What the guest's page tables say, remembered as host pointers.
///
/// A present entry means the access is allowed and plain RAM is behind it. Everything else - first
/// touch, protection, MMIO, pages holding code or page tables - is absent (0) on purpose and resolved by
/// `Mmu`. A data entry is an addend: host pointer = linear address + entry. A fetch entry is the physical
/// page's address with bit 0 set.
///
/// Data tables have a second, always absent half: generated code folds "crosses a page" into index bit 20
/// and so needs no comparison. And each has a sparse companion with four places a page, of which the first is
/// the entry and three are always absent: its index is the page number and the two lowest bits of the
/// address, so that an aligned doubleword, which cannot cross a page, is found in one step and others are
/// not.
class ShadowPageTable {
public:
    static constexpr std::uint64_t pages = 1ULL << 20;
    static constexpr std::uint64_t data_entries = 2 * pages;
    static constexpr std::uint64_t aligned_places = 4;  ///< a page

    std::uint8_t* readable(LinearAddress address, unsigned size) const { return host(read_, address, size); }
    std::uint8_t* writable(LinearAddress address, unsigned size) const { return host(write_, address, size); }
    std::uint64_t fetch_entry(LinearAddress address) const {
        return fetch_[address >> page_shift & (pages - 1)];
    }

    void fill_read(LinearAddress address, std::uint8_t* host_page);
    void fill_write(LinearAddress address, std::uint8_t* host_page);
    void fill_fetch(LinearAddress address, PhysicalAddress physical_page);
    /// For data that host pointers do not lead to: MMIO, and stores to memory that is tracked or read-only.
    void fill_indirect(LinearAddress address, AccessKind kind, PhysicalAddress physical_page);
    /// The physical page that an access to such a page goes to, and bit 0 set; 0: not known, walk.
    std::uint64_t indirect_entry(LinearAddress address, AccessKind kind) const {
        return indirect(kind)[address >> page_shift & (pages - 1)];
    }

    /// Drops all entries of `count` pages from `address` on. True if a fetch entry was among them.
    bool drop(LinearAddress address, std::uint64_t count);
    /// Drops everything, at a cost of what was filled. True if a fetch entry was among it.
    bool clear() { return drop(0, pages); }
    /// Drops the write entry of one page if it leads to `host_page`.
    void drop_write(LinearAddress address, const std::uint8_t* host_page);
    /// Drops all write entries that lead to `host_page`, at a cost of what was filled.
    void drop_writes_to(const std::uint8_t* host_page);

    /// Whose pages are unmapped when they lose their write entries from now on; each of them has one.
    void use_aperture(Aperture* aperture) { aperture_ = aperture; }
    Aperture* aperture() const { return aperture_; }
    /// Maps the page of `address` there as long as it has a write entry. False: it has none, or the host
    /// refuses.
    bool fill_aperture(LinearAddress address);

    /// For generated code: the bases of the tables.
    const std::uint64_t* read_table() const { return read_; }
    const std::uint64_t* write_table() const { return write_; }
    const std::uint64_t* fetch_table() const { return fetch_; }
    const std::uint64_t* aligned_read_table() const { return aligned_read_; }
    const std::uint64_t* aligned_write_table() const { return aligned_write_; }

private:
    static std::uint8_t* host(const std::uint64_t* table, LinearAddress address, unsigned size) {
        const std::uint64_t last = address + size - 1;
        if ((address ^ last) >> page_shift) return nullptr;
        const std::uint64_t addend = table[address >> page_shift & (pages - 1)];
        return addend ? reinterpret_cast<std::uint8_t*>(address + addend) : nullptr;
    }

    void check_aperture(std::uint64_t page, std::uint64_t entry);
    void set_read(std::uint64_t page, std::uint64_t entry) {
        read_[page] = aligned_read_[page * aligned_places] = entry;
    }
    void set_write(std::uint64_t page, std::uint64_t entry) {
        if (aperture_ && aperture_->holds(page)) check_aperture(page, entry);
        write_[page] = aligned_write_[page * aligned_places] = entry;
    }

    const std::uint64_t* indirect(AccessKind kind) const {
        return kind == AccessKind::read ? indirect_read_ : indirect_write_;
    }

    /// All tables behind one another: generated code knows their distances.
    ZeroedArray<std::uint64_t> tables_{2 * data_entries + 2 * pages * aligned_places + 3 * pages};
    std::uint64_t* const read_ = tables_.data();
    std::uint64_t* const write_ = read_ + data_entries;
    std::uint64_t* const aligned_read_ = write_ + data_entries;
    std::uint64_t* const aligned_write_ = aligned_read_ + pages * aligned_places;
    std::uint64_t* const fetch_ = aligned_write_ + pages * aligned_places;
    std::uint64_t* const indirect_read_ = fetch_ + pages;
    std::uint64_t* const indirect_write_ = indirect_read_ + pages;
    PageSet filled_;  ///< the pages with any entry
    Aperture* aperture_ = nullptr;
};

}  // namespace calque
