// The rules of each paging mode, and the walk that follows them.
#include "mmu/page_walk.hpp"

#include <cstring>

namespace calque {

namespace {

/// Bits `low` to `high` of an entry.
constexpr std::uint64_t bits(unsigned high, unsigned low) { return (2ULL << high) - (1ULL << low); }

constexpr unsigned width = physical_address_width;
constexpr std::uint64_t pse36_reserved = bits(21, width - 32 + 13), pse_reserved = bits(21, 13);
constexpr std::uint64_t pae_reserved = bits(62, width);
constexpr std::uint64_t pae_reserved_large = pae_reserved | bits(20, 13);

}  // namespace

void PageWalker::configure(const PagingControls& controls) {
    const bool pae = controls.physical_address_extension;
    entry_shift_ = pae ? 3 : 2;
    index_bits_ = pae ? 9 : 10;
    region_shift_ = pae ? 21 : 22;
    write_protect_ = controls.write_protect;
    frame_mask_ = pae ? bits(width - 1, 12) : bits(31, 12);
    page_size_ = pae || controls.page_size_extensions ? page_entry::page_size : 0;
    execute_disable_ = pae && controls.no_execute ? page_entry::execute_disable : 0;
    const std::uint64_t no_meaning = pae && !controls.no_execute ? page_entry::execute_disable : 0;
    reserved_ = pae ? pae_reserved | no_meaning : 0;
    reserved_large_ = pae                                ? pae_reserved_large | no_meaning
                      : controls.page_size_extensions_36 ? pse36_reserved
                                                         : pse_reserved;

    directories_.fill(PageWalk::none);
    if (!controls.paging) return;
    if (!pae) directories_[0] = memory_.apply_a20(controls.cr3 & frame_mask_);
    for (unsigned number = 0; pae && number < max_directories; ++number) {
        const std::uint64_t pdpte = controls.pdptes[number];
        if (pdpte & page_entry::present) directories_[number] = memory_.apply_a20(pdpte & frame_mask_);
    }
}

PageWalk PageWalker::find(LinearAddress address) const {
    PageWalk walk;
    walk.directory_at = directory_entry_at(region_of(address));
    if (walk.directory_at == PageWalk::none) return walk;
    walk.directory_entry = read_entry(walk.directory_at);
    walk.large = walk.directory_entry & page_size_;
    walk.end = check(walk.directory_entry, walk.large ? reserved_large_ : reserved_);
    if (walk.end == PageWalk::End::page) find_page(walk, address);
    return walk;
}

PageWalk PageWalker::find_beside(const PageWalk& walk, LinearAddress address) const {
    PageWalk beside = walk;
    find_page(beside, address);
    return beside;
}

/// From the page-directory entry on.
void PageWalker::find_page(PageWalk& walk, LinearAddress address) const {
    if (walk.large) {
        walk.page = memory_.apply_a20(large_page(walk.directory_entry, address));
        return;
    }
    const std::uint64_t index = address >> page_shift & (entries() - 1);
    walk.table_at = memory_.apply_a20((walk.directory_entry & frame_mask_) + (index << entry_shift_));
    walk.table_entry = read_entry(walk.table_at);
    walk.end = check(walk.table_entry, reserved_);
    walk.page = memory_.apply_a20(walk.table_entry & frame_mask_);
}

PageWalk::End PageWalker::check(std::uint64_t entry, std::uint64_t reserved) const {
    if (!(entry & page_entry::present)) return PageWalk::End::not_present;
    return entry & reserved ? PageWalk::End::reserved_bit : PageWalk::End::page;
}

/// The 4 KiB page of `address` inside a large page. PSE-36 puts address bits 32 and up at bit 13.
PhysicalAddress PageWalker::large_page(std::uint64_t entry, LinearAddress address) const {
    const std::uint64_t inside = address & ((1ULL << region_shift_) - 1) & ~page_mask;
    const std::uint64_t base = entry & frame_mask_ & ~((1ULL << region_shift_) - 1);
    const std::uint64_t high = entry_shift_ == 2 ? entry >> 13 & 0xff : 0;
    return base | high << 32 | inside;
}

bool PageWalker::allows(const PageWalk& walk, View view, AccessKind kind) const {
    const std::uint64_t granted = walk.directory_entry & walk.leaf();
    if (view == user_view && !(granted & page_entry::user)) return false;
    if (kind == AccessKind::write)
        return (granted & page_entry::writable) || (view == supervisor_view && !write_protect_);
    if (kind == AccessKind::fetch) return !((walk.directory_entry | walk.leaf()) & execute_disable_);
    return true;
}

void PageWalker::mark_directory(PageWalk& walk) {
    mark(walk.directory_at, walk.directory_entry, page_entry::accessed);
}

void PageWalker::mark_leaf(PageWalk& walk, std::uint64_t leaf_flags) {
    if (walk.large)
        mark(walk.directory_at, walk.directory_entry, leaf_flags);
    else
        mark(walk.table_at, walk.table_entry, leaf_flags);
}

void PageWalker::mark(PhysicalAddress at, std::uint64_t& entry, std::uint64_t flags) {
    if ((entry & flags) == flags) return;
    entry |= flags;
    memory_.write(at, entry, 1U << entry_shift_);
}

PhysicalAddress PageWalker::directory_entry_at(unsigned region) const {
    const PhysicalAddress base = directories_[directory_of(region)];
    if (base == PageWalk::none) return base;
    return base + (std::uint64_t{region & (entries() - 1)} << entry_shift_);
}

std::uint64_t PageWalker::read_entry(PhysicalAddress address) const {
    const std::uint8_t* host = memory_.readable_page(address);
    if (!host) return memory_.read(address, 1U << entry_shift_);
    if (entry_shift_ == 2) {
        std::uint32_t entry;
        std::memcpy(&entry, host + (address & page_mask), sizeof entry);
        return entry;
    }
    std::uint64_t entry;
    std::memcpy(&entry, host + (address & page_mask), sizeof entry);
    return entry;
}

}  // namespace calque
