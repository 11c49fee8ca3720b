// What keeps shadow entries from ever being stale.
//
// A region is live while it has shadow entries. Its page directory and page table are then write-tracked: a
// store to a page-table entry drops one page, a store to a page-directory entry drops the region. A new CR3
// ends only the regions that it maps otherwise.
//
// The pages of an aperture have write entries as long as it is the present one. What happened to an address
// space meanwhile is looked at when it comes back: that takes a walk for each page that its aperture still
// has.
#include "mmu/mmu.hpp"

namespace calque {

void Mmu::set_controls(const PagingControls& controls) {
    if (controls == controls_) return;
    PagingControls same_rules = controls_;
    same_rules.cr3 = controls.cr3;
    same_rules.pdptes = controls.pdptes;
    if (controls == same_rules) return change_directories(controls);
    forget_all();
    controls_ = controls;
    walker_.configure(controls);
}

void Mmu::change_directories(const PagingControls& controls) {
    ++counters_.flushes;
    ++counters_.cr3_changes;
    retire_directories();
    controls_ = controls;
    walker_.configure(controls);
    if (user_apertures_) shadow_[user_view].use_aperture(&user_apertures_->enter(controls.cr3));
    uses_.for_each_live([this](unsigned region) {
        if (keeps(region)) {
            ++counters_.kept_regions;
            return memory_.track(walker_.directory_entry_at(region), tracks_page_table);
        }
        ++counters_.dropped_regions;
        if (const std::uint64_t table = drop_region(region)) idle_tables_.push(table - 1);
    });
    if (user_apertures_) refill_aperture();
    release_idle();
}

bool Mmu::open_apertures() {
    if (user_apertures_) return true;
    supervisor_aperture_ = std::make_unique<Aperture>(memory_);
    user_apertures_.emplace(memory_);
    if (!supervisor_aperture_->is_there() || !user_apertures_->is_there()) {
        user_apertures_.reset();
        return false;
    }
    shadow_[supervisor_view].use_aperture(supervisor_aperture_.get());
    shadow_[user_view].use_aperture(&user_apertures_->enter(controls_.cr3));
    return true;
}

/// The address space is back: of its aperture stay the pages that can be written without further ado and are
/// where they were.
void Mmu::refill_aperture() {
    Aperture& aperture = user_apertures_->present();
    ShadowPageTable& shadow = shadow_[user_view];
    for (const std::uint64_t page : aperture.pages()) {
        const LinearAddress address = page << page_shift;
        if (controls_.paging && !shadow.writable(address, 1)) fill_unasked(address, user_view);
        if (aperture.holds(page) && shadow.writable(address, 1) != aperture.host_page(page))
            aperture.unmap(page);
    }
}

/// Fills the entries of a page that was written before: a write would leave its walk as it is.
void Mmu::fill_unasked(LinearAddress address, View view) {
    const PageWalk walk = walker_.find(address);
    if (walk.end != PageWalk::End::page || !(walk.directory_entry & page_entry::accessed)) return;
    const Target target = target_of(walk, view);
    if (target.writable && remember(address, walk)) fill(address, view, AccessKind::write, target);
}

/// Whether the page directories in force map a live region as those did from which its entries came.
bool Mmu::keeps(unsigned region) const {
    const PhysicalAddress at = walker_.directory_entry_at(region);
    return at != PageWalk::none && memory_.readable_page(at) && walker_.read_entry(at) == uses_.entry(region);
}

void Mmu::retire_directories() {
    for (unsigned number = 0; number < PageWalker::max_directories; ++number) {
        const PhysicalAddress at = walker_.directory(number);
        if (at != PageWalk::none && memory_.readable_page(at)) idle_tables_.push(at >> page_shift);
    }
}

void Mmu::forget_all() {
    ++counters_.flushes;
    uses_.for_each_live([this](unsigned region) {
        if (const std::uint64_t table = uses_.table(region)) idle_tables_.push(table - 1);
        uses_.remove(region);
    });
    retire_directories();
    drop(0, ShadowPageTable::pages);
    if (user_apertures_) user_apertures_->unmap_all();
    release_idle();
}

/// Makes the region of a walk live. False if its page tables lie in something whose changes go unseen.
bool Mmu::remember(LinearAddress address, const PageWalk& walk) {
    const unsigned region = walker_.region_of(address);
    if (uses_.live(region)) {
        uses_.update(region, walk.directory_entry);
        return true;
    }
    if (!memory_.readable_page(walk.directory_at)) return false;
    if (!walk.large && !memory_.readable_page(walk.table_at)) return false;
    memory_.track(walk.directory_at, tracks_page_table);
    if (!walk.large) memory_.track(walk.table_at, tracks_page_table);
    uses_.add(region, walk.directory_entry,
              walk.large ? TableUse::no_table : (walk.table_at >> page_shift) + 1);
    return true;
}

void Mmu::written(PhysicalAddress address, std::size_t size) {
    if (marking_) return;
    ++counters_.table_writes;
    const bool directory = drop_by_directory(address, size);
    const bool table = drop_by_table(address, size);
    if (!directory && !table) memory_.untrack(address, tracks_page_table);
}

bool Mmu::drop_by_directory(PhysicalAddress address, std::size_t size) {
    const auto first = static_cast<unsigned>((address & page_mask) >> walker_.entry_shift());
    const auto last = static_cast<unsigned>(((address & page_mask) + size - 1) >> walker_.entry_shift());
    bool found = false;
    for (unsigned number = 0; number < PageWalker::max_directories; ++number) {
        const PhysicalAddress directory = walker_.directory(number);
        if (directory == PageWalk::none || directory >> page_shift != address >> page_shift) continue;
        found = true;
        for (unsigned index = first; index <= last; ++index) {
            const unsigned region = number * walker_.entries() + index;
            if (!uses_.live(region)) continue;
            if (const std::uint64_t table = drop_region(region)) release(table - 1);
        }
    }
    return found;
}

bool Mmu::drop_by_table(PhysicalAddress address, std::size_t size) {
    const std::uint64_t first = (address & page_mask) >> walker_.entry_shift();
    const std::uint64_t last = ((address & page_mask) + size - 1) >> walker_.entry_shift();
    uses_.for_each_user(address >> page_shift, [&](unsigned region) {
        const LinearAddress base = LinearAddress{region} << walker_.region_shift();
        drop(base + (first << page_shift), last - first + 1);
    });
    return uses_.used(address >> page_shift);
}

/// Ends a live region. Its page table's number plus one, or TableUse::no_table.
std::uint64_t Mmu::drop_region(unsigned region) {
    const std::uint64_t table = uses_.table(region);
    uses_.remove(region);
    drop(LinearAddress{region} << walker_.region_shift(), 1ULL << (walker_.region_shift() - page_shift));
    return table;
}

void Mmu::drop(LinearAddress address, std::uint64_t count) {
    for (unsigned view = 0; view < view_count; ++view)
        if (shadow_[view].drop(address, count)) ++fetch_generations_[view];
}

bool Mmu::in_use(std::uint64_t page_number) const {
    for (unsigned number = 0; number < PageWalker::max_directories; ++number) {
        const PhysicalAddress directory = walker_.directory(number);
        if (directory != PageWalk::none && directory >> page_shift == page_number) return true;
    }
    return uses_.used(page_number);
}

void Mmu::release(std::uint64_t page_number) {
    if (!in_use(page_number)) memory_.untrack(page_number << page_shift, tracks_page_table);
}

void Mmu::release_idle() {
    for (int count = 0; count < 2; ++count) {
        if (const auto page_number = idle_tables_.pop()) release(*page_number);
    }
}

}  // namespace calque
