// The page walk once more, straight from the manual's tables and on raw bytes, to compare the Mmu with.
#pragma once

#include "mmu/paging.hpp"

#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <span>

namespace calque::test {

/// What an access has to do: a page fault's error code, or a physical address; and how entries change.
struct Expected {
    std::optional<std::uint32_t> error_code;
    PhysicalAddress physical = 0;
    std::map<PhysicalAddress, std::uint64_t> entries;  ///< new values, by address
};

/// One level's entry, as bits named in the manual.
struct ReferenceEntry {
    std::uint64_t value = 0;
    bool p() const { return value & 1; }
    bool rw() const { return value >> 1 & 1; }
    bool us() const { return value >> 2 & 1; }
    bool ps() const { return value >> 7 & 1; }
    bool xd() const { return value >> 63 & 1; }
    bool any(unsigned high, unsigned low) const {
        for (unsigned bit = low; bit <= high; ++bit) {
            if (value >> bit & 1) return true;
        }
        return false;
    }
    std::uint64_t field(unsigned high, unsigned low) const {
        return value << (63 - high) >> (63 - high + low);
    }
};

class ReferenceWalk {
public:
    ReferenceWalk(std::span<const std::uint8_t> ram, const PagingControls& controls)
        : ram_(ram), controls_(controls) {}

    Expected access(std::uint32_t linear, View view, AccessKind kind) const {
        return controls_.physical_address_extension ? pae(linear, view, kind) : legacy(linear, view, kind);
    }

private:
    // Tables "Format of a 32-Bit Page-Directory Entry that Maps a 4-MByte Page", "... that References a Page
    // Table" and "Format of a 32-Bit Page-Table Entry that Maps a 4-KByte Page".
    Expected legacy(std::uint32_t linear, View view, AccessKind kind) const {
        const PhysicalAddress pde_at = (controls_.cr3 & 0xffff'f000) + (linear >> 22) * 4;
        const ReferenceEntry pde = read(pde_at, 4);
        if (!pde.p()) return fault(0, view, kind);
        if (pde.ps() && controls_.page_size_extensions) {
            if (pde.any(21, 17)) return fault(9, view, kind);
            const std::uint64_t physical =
                pde.field(31, 22) << 22 | pde.field(16, 13) << 32 | (linear & 0x3f'ffff);
            return leaf(pde_at, {.value = ~0ULL}, pde, physical, view, kind, {});
        }
        const PhysicalAddress pte_at = (pde.field(31, 12) << 12) + (linear >> 12 & 0x3ff) * 4;
        return table(pde_at, pde, pte_at, 4, linear, view, kind);
    }

    // Tables "Format of a PAE Page-Directory Entry that Maps a 2-MByte Page" and the like.
    Expected pae(std::uint32_t linear, View view, AccessKind kind) const {
        const std::uint64_t pdpte = controls_.pdptes[linear >> 30];
        if (!(pdpte & 1)) return fault(0, view, kind);
        const PhysicalAddress pde_at = (pdpte & 0xf'ffff'f000) + (linear >> 21 & 0x1ff) * 8;
        const ReferenceEntry pde = read(pde_at, 8);
        if (!pde.p()) return fault(0, view, kind);
        if (reserved_pae(pde)) return fault(9, view, kind);
        if (pde.ps()) {
            if (pde.any(20, 13)) return fault(9, view, kind);
            const std::uint64_t physical = pde.field(35, 21) << 21 | (linear & 0x1f'ffff);
            return leaf(pde_at, {.value = ~(1ULL << 63)}, pde, physical, view, kind, {});
        }
        const PhysicalAddress pte_at = (pde.field(35, 12) << 12) + (linear >> 12 & 0x1ff) * 8;
        return table(pde_at, pde, pte_at, 8, linear, view, kind);
    }

    Expected table(PhysicalAddress pde_at, ReferenceEntry pde, PhysicalAddress pte_at, unsigned size,
                   std::uint32_t linear, View view, AccessKind kind) const {
        const std::map<PhysicalAddress, std::uint64_t> above{{pde_at, pde.value}};
        const ReferenceEntry pte = read(pte_at, size);
        if (!pte.p()) return fault(0, view, kind, above);
        if (size == 8 && reserved_pae(pte)) return fault(9, view, kind, above);
        const std::uint64_t physical = pte.field(size == 8 ? 35 : 31, 12) << 12 | (linear & 0xfff);
        return leaf(pte_at, pde, pte, physical, view, kind, above);
    }

    bool reserved_pae(ReferenceEntry entry) const {
        return entry.any(62, 36) || (entry.xd() && !controls_.no_execute);
    }

    // "Determination of Access Rights" and "Accessed and Dirty Flags". `entries`: those above, as they are.
    // An access that faults translates nothing and so leaves every entry alone.
    Expected leaf(PhysicalAddress at, ReferenceEntry above, ReferenceEntry entry, std::uint64_t physical,
                  View view, AccessKind kind, std::map<PhysicalAddress, std::uint64_t> entries) const {
        const bool user_page = above.us() && entry.us();
        const bool writable_page = above.rw() && entry.rw();
        const bool execute_disabled =
            controls_.physical_address_extension && controls_.no_execute && (above.xd() || entry.xd());
        const bool user = view == user_view;
        bool allowed = !user || user_page;
        if (kind == AccessKind::write && !writable_page && (user || controls_.write_protect)) allowed = false;
        if (kind == AccessKind::fetch && execute_disabled) allowed = false;
        if (!allowed) {
            entries[at] = entry.value;
            return fault(1, view, kind, entries);
        }
        for (auto& [address, value] : entries) value |= 0x20;
        entries[at] = entry.value | (kind == AccessKind::write ? 0x60 : 0x20);
        return {.error_code = {}, .physical = physical, .entries = entries};
    }

    // "Page-Fault Error Code".
    Expected fault(std::uint32_t p_and_rsvd, View view, AccessKind kind,
                   std::map<PhysicalAddress, std::uint64_t> entries = {}) const {
        std::uint32_t code = p_and_rsvd;
        if (kind == AccessKind::write) code |= 2;
        if (view == user_view) code |= 4;
        if (kind == AccessKind::fetch && controls_.physical_address_extension && controls_.no_execute)
            code |= 16;
        return {.error_code = code, .physical = 0, .entries = std::move(entries)};
    }

    ReferenceEntry read(PhysicalAddress at, unsigned size) const {
        if (at >= ram_.size()) return {.value = size == 4 ? 0xffff'ffff : ~0ULL};
        ReferenceEntry entry;
        std::memcpy(&entry.value, &ram_[at], size);
        return entry;
    }

    std::span<const std::uint8_t> ram_;
    PagingControls controls_;
};

}  // namespace calque::test
