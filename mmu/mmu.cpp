// Accesses that no shadow entry answers: walk, check, mark, remember.
#include "mmu/mmu.hpp"

#include "mmu/hook.hpp"

#include <algorithm>
#include <bit>

namespace calque {

namespace {

constexpr LinearAddress wrap(LinearAddress address) { return address & 0xffff'ffff; }

/// PDPTEs have no access rights: bits 1, 2, 5 to 8 and those above MAXPHYADDR are reserved.
constexpr std::uint64_t pdpte_reserved = 0x1e6 | ~0ULL << physical_address_width;

}  // namespace

Mmu::Mmu(PhysicalMemory& memory) : memory_(memory), walker_(memory), write_mappings_(shadow_) {
    memory_.set_observer(tracks_page_table, this);
    memory_.on_layout_change([this] {
        forget_all();
        walker_.configure(controls_);
    });
    memory_.on_page_tracked([this](PhysicalAddress page) {
        if (const std::uint8_t* host = memory_.writable_page(page)) write_mappings_.drop(page, host);
    });
}

Mmu::~Mmu() { memory_.set_observer(tracks_page_table, nullptr); }

bool Mmu::load_pdptes(std::uint64_t cr3, std::array<std::uint64_t, 4>& pdptes) {
    const PhysicalAddress base = cr3 & 0xffff'ffe0;
    for (unsigned number = 0; number < pdptes.size(); ++number)
        pdptes[number] = memory_.read(base + 8 * number, 8);
    return std::ranges::none_of(pdptes, [](std::uint64_t pdpte) {
        return (pdpte & page_entry::present) && (pdpte & pdpte_reserved);
    });
}

bool Mmu::read_slow(LinearAddress address, View view, void* bytes, unsigned size) {
    const std::span<std::uint8_t> all(static_cast<std::uint8_t*>(bytes), size);
    const auto first =
        static_cast<unsigned>(std::min<std::uint64_t>(size, page_size - (address & page_mask)));
    PhysicalAddress low = 0;
    PhysicalAddress high = 0;
    if (!translate(address, view, AccessKind::read, low)) return false;
    if (first < size && !translate(address + first, view, AccessKind::read, high)) return false;
    memory_.read_bytes(low, all.first(first));
    if (first < size) memory_.read_bytes(high, all.subspan(first));
    return true;
}

bool Mmu::write_slow(LinearAddress address, View view, const void* bytes, unsigned size) {
    const std::span<const std::uint8_t> all(static_cast<const std::uint8_t*>(bytes), size);
    const auto first =
        static_cast<unsigned>(std::min<std::uint64_t>(size, page_size - (address & page_mask)));
    PhysicalAddress low = 0;
    PhysicalAddress high = 0;
    if (!translate(address, view, AccessKind::write, low)) return false;
    if (first < size && !translate(address + first, view, AccessKind::write, high)) return false;
    memory_.write_bytes(low, all.first(first));
    if (first < size) memory_.write_bytes(high, all.subspan(first));
    return true;
}

bool Mmu::translate(LinearAddress address, View view, AccessKind kind, PhysicalAddress& physical) {
    address = wrap(address);
    if (knows(address, view, kind, physical)) return true;
    Target target;
    if (!resolve(address, view, kind, target)) return false;
    physical = target.page | (address & page_mask);
    count_slow(physical, kind);
    return true;
}

/// Answers for pages that no host pointer leads to, where every access comes here. Not for one that could
/// have a host pointer by now.
bool Mmu::knows(LinearAddress address, View view, AccessKind kind, PhysicalAddress& physical) {
    if (kind == AccessKind::fetch) return false;
    const std::uint64_t entry = shadow_[view].indirect_entry(address, kind);
    if (!entry) return false;
    const PhysicalAddress page = entry & ~page_mask;
    if (kind == AccessKind::write && memory_.writable_page(page) && !memory_.tracking(page)) return false;
    physical = page | (address & page_mask);
    count_slow(physical, kind);
    return true;
}

void Mmu::count_slow(PhysicalAddress physical, AccessKind kind) {
    if (kind == AccessKind::write && memory_.tracking(physical))
        ++counters_.tracked_writes;
    else if (!memory_.readable_page(physical))
        ++counters_.mmio;
}

bool Mmu::translate_fetch_slow(LinearAddress address, View view, PhysicalAddress& physical) {
    return translate(address, view, AccessKind::fetch, physical);
}

bool Mmu::probe(LinearAddress address, std::uint64_t size, View view, AccessKind kind) {
    const std::uint64_t pages = size ? ((address & page_mask) + size + page_mask) >> page_shift : 0;
    Target target;
    for (std::uint64_t page = 0; page < pages; ++page) {
        const LinearAddress at = wrap(page ? (address & ~page_mask) + (page << page_shift) : address);
        if (!holds(at, view, kind) && !resolve(at, view, kind, target)) return false;
    }
    return true;
}

bool Mmu::holds(LinearAddress address, View view, AccessKind kind) const {
    switch (kind) {
        case AccessKind::read: return shadow_[view].readable(address, 1);
        case AccessKind::write: return shadow_[view].writable(address, 1);
        case AccessKind::fetch: return shadow_[view].fetch_entry(address);
    }
    return false;
}

bool Mmu::peek(LinearAddress address, PhysicalAddress& physical) {
    address = wrap(address);
    PageWalk walk;
    walk.page = memory_.apply_a20(address & ~page_mask);
    if (controls_.paging) walk = walker_.find(address);
    physical = walk.page | (address & page_mask);
    return !controls_.paging || walk.end == PageWalk::End::page;
}

/// Walks as the access would, with all its effects, and fills in shadow entries.
bool Mmu::resolve(LinearAddress address, View view, AccessKind kind, Target& target) {
    ++counters_.walks;
    if (!controls_.paging) {
        target = {.page = memory_.apply_a20(address & ~page_mask), .writable = true, .cacheable = true};
        fill(address, view, kind, target);
        return true;
    }
    PageWalk walk = walker_.find(address);
    if (!mark(walk, view, kind)) return refuse(address, view, kind, walk);
    target = target_of(walk, view);
    target.cacheable = remember(address, walk);
    if (!target.cacheable) return true;
    fill(address, view, kind, target);
    if (kind != AccessKind::fetch) fill_around(address, view, walk);
    return true;
}

Mmu::Target Mmu::target_of(const PageWalk& walk, View view) const {
    const bool writable = (walk.leaf() & page_entry::dirty) && walker_.allows(walk, view, AccessKind::write);
    return {.page = walk.page, .writable = writable};
}

/// Whoever reads a page soon reads the next one. Entries are derived from what a walk would find and leave as
/// it is: a page that was accessed before.
void Mmu::fill_around(LinearAddress address, View view, const PageWalk& walk) {
    constexpr LinearAddress span = 8 * page_size;
    const LinearAddress begin = address & ~(span - 1);
    for (LinearAddress at = begin; at < begin + span; at += page_size) {
        if (shadow_[view].readable(at, 1)) continue;
        const PageWalk beside = walker_.find_beside(walk, at);
        if (beside.end != PageWalk::End::page || !(beside.leaf() & page_entry::accessed)) continue;
        if (walker_.allows(beside, view, AccessKind::read))
            fill(at, view, AccessKind::read, target_of(beside, view));
    }
}

/// Sets accessed and dirty flags, of an access that is made only: one that faults leaves the tables as they
/// were. False if the walk or its rights do not suffice.
bool Mmu::mark(PageWalk& walk, View view, AccessKind kind) {
    if (walk.end != PageWalk::End::page || !walker_.allows(walk, view, kind)) return false;
    const bool writes = kind == AccessKind::write;
    marking_ = true;
    if (!walk.large) walker_.mark_directory(walk);
    walker_.mark_leaf(walk, writes ? page_entry::accessed | page_entry::dirty : page_entry::accessed);
    marking_ = false;
    return true;
}

bool Mmu::refuse(LinearAddress address, View view, AccessKind kind, const PageWalk& walk) {
    std::uint32_t code = 0;
    if (walk.end != PageWalk::End::not_present) code |= page_fault_error::present;
    if (walk.end == PageWalk::End::reserved_bit) code |= page_fault_error::reserved;
    if (kind == AccessKind::write) code |= page_fault_error::write;
    if (view == user_view) code |= page_fault_error::user;
    if (kind == AccessKind::fetch && walker_.reports_fetch()) code |= page_fault_error::fetch;
    fault_ = {.address = address, .error_code = code};
    return false;
}

void Mmu::fill(LinearAddress address, View view, AccessKind kind, const Target& target) {
    std::uint8_t* host = memory_.readable_page(target.page);
    if (!host && kind == AccessKind::fetch) return;
    ++counters_.fills;
    if (kind == AccessKind::fetch) return shadow_[view].fill_fetch(address, target.page);
    if (has_hooks && watched_.hold(address >> page_shift, target.page >> page_shift)) return;
    if (host)
        shadow_[view].fill_read(address, host);
    else
        shadow_[view].fill_indirect(address, AccessKind::read, target.page);
    if (!target.writable) return;
    if (!memory_.writable_page(target.page) || memory_.tracking(target.page))
        return shadow_[view].fill_indirect(address, AccessKind::write, target.page);
    write_mappings_.add(target.page, host, address);
    shadow_[view].fill_write(address, host);
}

}  // namespace calque
