// The MMU: page walk, and the soft shadow page table that remembers what the walks found.
#pragma once

#include "mmu/aperture_set.hpp"
#include "mmu/idle_tables.hpp"
#include "mmu/page_walk.hpp"
#include "mmu/paging.hpp"
#include "mmu/physical_memory.hpp"
#include "mmu/shadow_page_table.hpp"
#include "mmu/table_use.hpp"
#include "mmu/watched_pages.hpp"
#include "mmu/write_mappings.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

namespace calque {

/// Linear to physical to host.
///
/// Every access behaves as if its page walk were fresh: pages that hold page-table entries from which a
/// shadow entry was derived are write-tracked, so a store to one drops what depended on it at once.
/// Linear addresses are 32 bits wide here (no long mode yet): callers pass addresses below 4 GiB, and what
/// reaches above wraps.
///
/// The memory must not change its layout once this is destroyed.
class Mmu final : public WriteObserver {
public:
    explicit Mmu(PhysicalMemory& memory);
    ~Mmu() override;

    PhysicalMemory& memory() { return memory_; }

    /// Takes effect for the next access. A change of CR3 or the PDPTEs alone keeps the regions that the new
    /// page directories map as the old ones did (the same entry, bit by bit); any other forgets everything.
    void set_controls(const PagingControls& controls);
    const PagingControls& controls() const { return controls_; }
    /// MOV to CR3 with unchanged controls, or a flush of global pages: nothing to do, entries are never
    /// stale.
    void flush() { ++counters_.flushes; }
    /// INVLPG: nothing to do, entries are never stale.
    void invalidate(LinearAddress) { ++counters_.invalidations; }
    /// Forgets all shadow entries: for whoever changes guest memory behind PhysicalMemory's back.
    void forget_all();

    /// From now on no data access to these pages is answered by a shadow entry.
    void watch(WatchedPages pages) {
        watched_ = std::move(pages);
        forget_all();
    }

    /// Reads the four PDPTEs that CR3 points at (PAE). False if a present one has a reserved bit set: #GP.
    bool load_pdptes(std::uint64_t cr3, std::array<std::uint64_t, 4>& pdptes);

    /// One access of 1..64 bytes at any alignment, MMIO included. False: fault() says why and nothing was
    /// written; both pages of a crossing access are checked before the first byte moves.
    template <typename T>
    bool read(LinearAddress address, View view, T& value) {
        if (const std::uint8_t* host = shadow_[view].readable(address, sizeof(T))) [[likely]] {
            std::memcpy(&value, host, sizeof(T));
            return true;
        }
        return read_slow(address, view, &value, sizeof(T));
    }
    template <typename T>
    bool write(LinearAddress address, View view, const T& value) {
        if (std::uint8_t* host = shadow_[view].writable(address, sizeof(T))) [[likely]] {
            std::memcpy(host, &value, sizeof(T));
            return true;
        }
        return write_slow(address, view, &value, sizeof(T));
    }
    bool read_slow(LinearAddress address, View view, void* bytes, unsigned size);
    bool write_slow(LinearAddress address, View view, const void* bytes, unsigned size);

    /// Checks an access of `size` bytes (up to 4 GiB; every page it touches) without making it. Sets accessed
    /// and dirty flags as the access would.
    bool probe(LinearAddress address, std::uint64_t size, View view, AccessKind kind);

    /// Where one byte is. False: fault(). Sets accessed and dirty flags as the access would.
    bool translate(LinearAddress address, View view, AccessKind kind, PhysicalAddress& physical);

    /// The physical address of code at `address`, remembered in the shadow table's fetch entries.
    bool translate_fetch(LinearAddress address, View view, PhysicalAddress& physical) {
        if (const std::uint64_t entry = shadow_[view].fetch_entry(address)) [[likely]] {
            physical = (entry & ~page_mask) | (address & page_mask);
            return true;
        }
        return translate_fetch_slow(address, view, physical);
    }

    /// For a debugger: no faults, no accessed/dirty updates. False if not mapped.
    bool peek(LinearAddress address, PhysicalAddress& physical);

    const PageFault& fault() const { return fault_; }

    /// Grows whenever a fetch entry of the view was dropped: whoever remembers where its code is must look
    /// again. A process that ends takes hundreds of user pages, and none that the kernel runs from.
    std::uint64_t fetch_generation(View view) const { return fetch_generations_[view]; }

    ShadowPageTable& shadow(View view) { return shadow_[view]; }
    /// From now on each view has an aperture (ShadowPageTable::aperture). False: the host has no room.
    bool open_apertures();

    struct Counters {
        std::uint64_t walks = 0, fills = 0, flushes = 0, invalidations = 0, tracked_writes = 0, mmio = 0;
        std::uint64_t cr3_changes = 0;  ///< to other page directories, under the same rules
        std::uint64_t kept_regions = 0, dropped_regions = 0;  ///< live ones, at those changes
        std::uint64_t table_writes = 0;                       ///< of the guest, to tables in use
    };
    const Counters& counters() const { return counters_; }

    void written(PhysicalAddress address, std::size_t size) override;

private:
    /// A page that an access may touch, and what its shadow entries may be.
    struct Target {
        PhysicalAddress page = 0;
        bool writable = false;   ///< by this view, and the dirty flag is set
        bool cacheable = false;  ///< shadow entries may be derived from it
    };

    bool translate_fetch_slow(LinearAddress address, View view, PhysicalAddress& physical);
    bool resolve(LinearAddress address, View view, AccessKind kind, Target& target);
    bool refuse(LinearAddress address, View view, AccessKind kind, const PageWalk& walk);
    bool mark(PageWalk& walk, View view, AccessKind kind);
    Target target_of(const PageWalk& walk, View view) const;
    void fill(LinearAddress address, View view, AccessKind kind, const Target& target);
    void fill_around(LinearAddress address, View view, const PageWalk& walk);
    bool holds(LinearAddress address, View view, AccessKind kind) const;
    bool knows(LinearAddress address, View view, AccessKind kind, PhysicalAddress& physical);
    void count_slow(PhysicalAddress physical, AccessKind kind);

    // Freshness: what stores to page tables, CR3 and the memory map take away.
    bool remember(LinearAddress address, const PageWalk& walk);
    void change_directories(const PagingControls& controls);
    bool keeps(unsigned region) const;
    bool drop_by_directory(PhysicalAddress address, std::size_t size);
    bool drop_by_table(PhysicalAddress address, std::size_t size);
    std::uint64_t drop_region(unsigned region);
    void drop(LinearAddress address, std::uint64_t count);
    bool in_use(std::uint64_t page_number) const;
    void retire_directories();
    void refill_aperture();
    void fill_unasked(LinearAddress address, View view);
    void release(std::uint64_t page_number);
    void release_idle();

    PhysicalMemory& memory_;
    PagingControls controls_;
    std::array<ShadowPageTable, view_count> shadow_;
    PageWalker walker_;
    TableUse uses_;
    WriteMappings write_mappings_;
    IdleTables idle_tables_;
    std::optional<ApertureSet> user_apertures_;
    std::unique_ptr<Aperture> supervisor_aperture_;
    WatchedPages watched_;
    bool marking_ = false;  ///< the stores being reported are our own, to accessed and dirty flags
    PageFault fault_;
    std::array<std::uint64_t, view_count> fetch_generations_{};
    Counters counters_;
};

}  // namespace calque
