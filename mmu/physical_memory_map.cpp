// What stands where in guest-physical memory.
#include "mmu/physical_memory.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace calque {

namespace {

constexpr PhysicalAddress end_of_memory = PhysicalMemory::pages << page_shift;

/// A range cut off at 4 GiB, as its whole pages and the bytes before and behind them.
struct Pages {
    Pages(PhysicalAddress base, std::uint64_t size)
        : begin(std::min(base, end_of_memory)), end(begin + std::min(size, end_of_memory - begin)) {
        first = (begin + page_mask) >> page_shift;
        last = std::max(first, end >> page_shift);
    }
    PhysicalAddress begin, end;
    std::uint64_t first, last;  ///< page numbers, `last` is behind the last one

    PhysicalAddress head_end() const { return std::min(end, first << page_shift); }
    PhysicalAddress tail_begin() const { return std::max(head_end(), std::min(end, last << page_shift)); }
};

}  // namespace

PhysicalMemory::PhysicalMemory(std::uint64_t ram_size) {
    ram_ = file_.add(ram_size);
    map_ram(0, ram_, 0, ram_size);
}

PhysicalMemory::~PhysicalMemory() = default;

const MemoryBlock& PhysicalMemory::add_block(std::uint64_t size) { return file_.add(size); }

void PhysicalMemory::map_ram(PhysicalAddress base, const MemoryBlock& block, std::uint64_t offset,
                             std::uint64_t size) {
    map_block(base, block, offset, size, Kind::ram);
}

void PhysicalMemory::map_rom(PhysicalAddress base, const MemoryBlock& block, std::uint64_t offset,
                             std::uint64_t size) {
    map_block(base, block, offset, size, Kind::rom);
}

void PhysicalMemory::map_block(PhysicalAddress base, const MemoryBlock& block, std::uint64_t offset,
                               std::uint64_t size, Kind kind) {
    assert(((base | offset | size) & page_mask) == 0 && offset + size <= block.size);
    const Pages range(base, size);
    bool changed = false;
    for (std::uint64_t number = range.first; number < range.last; ++number) {
        std::uint8_t* host = block.host + offset + ((number - range.first) << page_shift);
        changed |= replace(number, {host, 0, kind, 0});
    }
    layout_changed(changed);
}

void PhysicalMemory::map_mmio(PhysicalAddress base, std::uint64_t size, MmioHandler& handler) {
    const Pages range(base, size);
    const Page page{nullptr, handler_index(handler), Kind::mmio, 0};
    bool changed = map_part(range.begin, range.head_end() - range.begin, handler);
    for (std::uint64_t number = range.first; number < range.last; ++number) changed |= replace(number, page);
    changed |= map_part(range.tail_begin(), range.end - range.tail_begin(), handler);
    layout_changed(changed);
}

void PhysicalMemory::unmap(PhysicalAddress base, std::uint64_t size) {
    const Pages range(base, size);
    bool changed = false;
    unmap_part(range.begin, range.head_end() - range.begin);
    for (std::uint64_t number = range.first; number < range.last; ++number) changed |= replace(number, {});
    unmap_part(range.tail_begin(), range.end - range.tail_begin());
    layout_changed(changed);
}

bool PhysicalMemory::map_part(PhysicalAddress base, std::uint64_t size, MmioHandler& handler) {
    if (size == 0) return false;
    auto& partial = partial_pages_[base >> page_shift];
    if (!partial) partial = std::make_unique<MmioPage>();
    const bool was_other = replace(base >> page_shift, {nullptr, handler_index(*partial), Kind::mmio, 0});
    if (was_other) partial->clear();
    partial->add(base, size, handler);
    return was_other;
}

void PhysicalMemory::unmap_part(PhysicalAddress base, std::uint64_t size) {
    const auto found = partial_pages_.find(base >> page_shift);
    if (found != partial_pages_.end()) found->second->remove(base, size);
}

void PhysicalMemory::set_overlay(PhysicalAddress base, MmioHandler& handler) {
    const std::uint64_t number = std::min(base >> page_shift, pages);
    const Page front{nullptr, handler_index(handler), Kind::mmio, 0};
    if (number == overlay_.number && front.handler == overlay_.front.handler) return;
    bool changed = take_overlay_away();
    if (number < pages) {
        const Page behind = pages_[number];
        changed |= replace(number, front);
        overlay_ = {number, front, behind};
    }
    layout_changed(changed);
}

void PhysicalMemory::remove_overlay() { layout_changed(take_overlay_away()); }

bool PhysicalMemory::take_overlay_away() {
    const Overlay gone = std::exchange(overlay_, {});
    return gone.number < pages && replace(gone.number, gone.behind);
}

/// True if the page is now something else.
bool PhysicalMemory::replace(std::uint64_t number, Page page) {
    Page& old = number == overlay_.number ? overlay_.behind : pages_[number];
    if (old.kind == page.kind && old.host == page.host && old.handler == page.handler) return false;
    page.tracking = old.tracking;
    old = page;
    return true;
}

std::uint16_t PhysicalMemory::handler_index(MmioHandler& handler) {
    const auto found = std::ranges::find(handlers_, &handler);
    const auto index = static_cast<std::uint16_t>(found - handlers_.begin());
    if (found == handlers_.end()) handlers_.push_back(&handler);
    return index;
}

void PhysicalMemory::set_a20(bool enabled) {
    const std::uint64_t mask = enabled ? ~0ULL : ~(1ULL << 20);
    const bool changed = mask != a20_mask_;
    a20_mask_ = mask;
    layout_changed(changed);
}

void PhysicalMemory::layout_changed(bool changed) const {
    if (!changed) return;
    for (const auto& callback : layout_callbacks_) callback();
}

void PhysicalMemory::on_layout_change(std::function<void()> callback) {
    layout_callbacks_.push_back(std::move(callback));
}

void PhysicalMemory::on_page_tracked(std::function<void(PhysicalAddress)> callback) {
    tracking_callbacks_.push_back(std::move(callback));
}

}  // namespace calque
