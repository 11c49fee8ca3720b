// Which address space has which aperture.
#include "mmu/aperture_set.hpp"

#include <algorithm>

namespace calque {

Aperture& ApertureSet::enter(std::uint64_t address_space) {
    slots_.splice(slots_.begin(), slots_, slot_for(address_space));
    return present();
}

std::list<ApertureSet::Slot>::iterator ApertureSet::slot_for(std::uint64_t address_space) {
    const auto found = std::ranges::find(slots_, address_space, &Slot::address_space);
    if (found != slots_.end()) return found;
    if (slots_.size() < most && !slots_.emplace_back(memory_).aperture.is_there()) slots_.pop_back();
    slots_.back().address_space = address_space;
    slots_.back().aperture.unmap_all();
    return std::prev(slots_.end());
}

void ApertureSet::unmap_all() {
    for (Slot& slot : slots_) slot.aperture.unmap_all();
}

}  // namespace calque
