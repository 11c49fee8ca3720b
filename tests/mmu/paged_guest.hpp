// A little guest with page tables, for the tests of the Mmu.
#pragma once

#include "mmu/mmu.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace calque::test {

inline constexpr std::uint64_t p = 1, rw = 2, us = 4, a = 0x20, d = 0x40, ps = 0x80, xd = 1ULL << 63;
inline constexpr std::array<View, 2> views{supervisor_view, user_view};
inline constexpr std::array<AccessKind, 3> kinds{AccessKind::read, AccessKind::write, AccessKind::fetch};

/// 8 MiB of RAM; page directories at 1000h (and 2000h.. 4000h under PAE), one page table at 5000h.
struct PagedGuest {
    static constexpr PhysicalAddress directory = 0x1000, other_directory = 0x9000, table = 0x5000,
                                     data = 0x10'0000;

    explicit PagedGuest(bool pae = false) : uses_pae(pae) {
        PagingControls controls{.cr3 = directory, .paging = true, .write_protect = true};
        controls.page_size_extensions = true;
        controls.physical_address_extension = controls.no_execute = pae;
        for (unsigned i = 0; pae && i < 4; ++i) controls.pdptes[i] = directory + i * page_size + p;
        mmu.set_controls(controls);
    }

    unsigned entry_size() const { return uses_pae ? 8 : 4; }
    unsigned region_shift() const { return uses_pae ? 21 : 22; }
    PhysicalAddress directory_entry(LinearAddress linear) const {
        return directory + (linear >> region_shift()) * entry_size();
    }
    PhysicalAddress table_entry(LinearAddress linear) const {
        return table + (linear >> 12 & (uses_pae ? 0x1ff : 0x3ff)) * entry_size();
    }

    /// Stores an entry as the guest's kernel would: through the tracked path.
    void store(PhysicalAddress at, std::uint64_t entry) { memory.write(at, entry, entry_size()); }
    std::uint64_t load(PhysicalAddress at) { return memory.read(at, entry_size()); }

    /// Maps one page through the page table at `table`.
    void map(LinearAddress linear, PhysicalAddress physical, std::uint64_t flags = p | rw | us) {
        store(directory_entry(linear), table | p | rw | us | (load(directory_entry(linear)) & a));
        store(table_entry(linear), physical | flags);
    }

    void change(auto edit) {
        PagingControls controls = mmu.controls();
        edit(controls);
        mmu.set_controls(controls);
    }

    std::span<const std::uint8_t> ram() const { return {memory.ram().host, memory.ram().size}; }

    bool uses_pae;
    PhysicalMemory memory{8 << 20};
    Mmu mmu{memory};
};

/// Records stores to tracked pages.
struct StoreLog final : WriteObserver {
    struct Store {
        PhysicalAddress address;
        std::size_t size;
        bool operator==(const Store&) const = default;
    };
    std::vector<Store> stores;
    void written(PhysicalAddress address, std::size_t size) override { stores.push_back({address, size}); }
};

}  // namespace calque::test
