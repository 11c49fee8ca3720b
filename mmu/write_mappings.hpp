// From a physical page to the linear pages that have write entries for it.
#pragma once

#include "mmu/shadow_page_table.hpp"
#include "mmu/zeroed_array.hpp"

#include <cstdint>
#include <span>

namespace calque {

/// Two hints a physical page, each checked against the shadow tables before it is believed, so that dropping
/// shadow entries needs no bookkeeping here. A page with more mappings than hints is looked for everywhere.
class WriteMappings {
public:
    explicit WriteMappings(std::span<ShadowPageTable> shadows) : shadows_(shadows) {}

    /// The linear page at `address` is getting a write entry for `physical`, which is at `host_page`.
    void add(PhysicalAddress physical, const std::uint8_t* host_page, LinearAddress address);

    /// Drops every write entry for the page.
    void drop(PhysicalAddress physical, const std::uint8_t* host_page);

private:
    /// A hint is a linear page number plus one; 0 is none.
    using Hint = std::uint32_t;
    static constexpr Hint many = ~Hint{0};
    struct Hints {
        Hint first, second;
    };
    static LinearAddress address_of(Hint hint) { return LinearAddress{hint - 1} << page_shift; }
    bool stale(Hint hint, const std::uint8_t* host_page) const;
    void drop_hinted(Hint hint, const std::uint8_t* host_page);

    std::span<ShadowPageTable> shadows_;
    ZeroedArray<Hints> hints_{PhysicalMemory::pages};
};

}  // namespace calque
