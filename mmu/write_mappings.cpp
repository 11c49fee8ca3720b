// Hints about write entries.
#include "mmu/write_mappings.hpp"

#include <algorithm>

namespace calque {

void WriteMappings::add(PhysicalAddress physical, const std::uint8_t* host_page, LinearAddress address) {
    const Hint hint = static_cast<Hint>(address >> page_shift) + 1;
    Hints& hints = hints_[physical >> page_shift];
    if (hints.first == hint || hints.second == hint) return;
    if (stale(hints.first, host_page))
        hints.first = hint;
    else if (stale(hints.second, host_page))
        hints.second = hint;
    else
        hints.second = many;
}

bool WriteMappings::stale(Hint hint, const std::uint8_t* host_page) const {
    if (hint == 0) return true;
    if (hint == many) return false;
    return std::ranges::none_of(shadows_, [&](const ShadowPageTable& shadow) {
        return shadow.writable(address_of(hint), 1) == host_page;
    });
}

void WriteMappings::drop(PhysicalAddress physical, const std::uint8_t* host_page) {
    Hints& hints = hints_[physical >> page_shift];
    if (hints.second == many) {
        for (ShadowPageTable& shadow : shadows_) shadow.drop_writes_to(host_page);
    } else {
        drop_hinted(hints.first, host_page);
        drop_hinted(hints.second, host_page);
    }
    hints = {};
}

void WriteMappings::drop_hinted(Hint hint, const std::uint8_t* host_page) {
    if (hint == 0) return;
    for (ShadowPageTable& shadow : shadows_) shadow.drop_write(address_of(hint), host_page);
}

}  // namespace calque
