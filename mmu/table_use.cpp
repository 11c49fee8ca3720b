// Linking regions to their page tables.
#include "mmu/table_use.hpp"

namespace calque {

void TableUse::add(unsigned region, std::uint64_t entry, std::uint64_t table) {
    live_[region >> 6] |= 1ULL << (region & 63);
    regions_[region] = {.entry = entry, .table = table};
    if (table == no_table) return;
    std::uint16_t& first = first_[table - 1];
    regions_[region].next = first;
    first = static_cast<std::uint16_t>(region + 1);
    if (const unsigned next = regions_[region].next) regions_[next - 1].previous = first;
}

void TableUse::remove(unsigned region) {
    live_[region >> 6] &= ~(1ULL << (region & 63));
    const Region& removed = regions_[region];
    if (removed.table == no_table) return;
    if (removed.next) regions_[removed.next - 1U].previous = removed.previous;
    if (removed.previous)
        regions_[removed.previous - 1U].next = removed.next;
    else
        first_[removed.table - 1] = removed.next;
}

}  // namespace calque
