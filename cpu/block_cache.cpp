// Decoded blocks by physical address and mode.
#include "cpu/block_cache.hpp"

#include "cpu/decoder.hpp"

#include <algorithm>

namespace calque {

BlockCache::BlockCache(Cpu& cpu) : cpu_(cpu) {
    ++cpu_.code_generation;  // what another cache left in the jump cache
    cpu_.mmu.memory().set_observer(tracks_code, this);
}

BlockCache::~BlockCache() { cpu_.mmu.memory().set_observer(tracks_code, nullptr); }

Block* BlockCache::find_slow(JumpCache::Entry& entry) {
    collect();
    PhysicalAddress physical;
    const SegmentRegister& cs = cpu_.state.cs();
    const std::uint32_t linear = cpu_.state.linear_ip();
    if (cpu_.debug && cpu_.debug->stops_at(linear)) return refuse();
    if (cpu_.state.rip <= cs.limit && cpu_.mmu.translate_fetch(linear, cpu_.view, physical)) {
        Block* block = look_up(physical);
        if (block && cpu_.state.rip + block->length - 1 <= cs.limit) return remember(entry, *block);
        if (block) return find_single();  // decoded under a larger limit
    }
    if (memory_ > room_) make_room();
    auto decoded = decode();
    if (decoded && cpu_.debug && cpu_.debug->wants_stepping(linear, decoded->insns[0])) return refuse();
    return decoded ? remember(entry, *insert(std::move(decoded))) : nullptr;
}

/// Nobody remembers a block there, so that whoever comes by asks again.
Block* BlockCache::refuse() const {
    cpu_.debug->refused = cpu_.stop_requested = true;
    return nullptr;
}

std::unique_ptr<Block> BlockCache::decode() {
    const unsigned limit = cpu_.mode & mode::observed ? 1 : longest_;
    if (!stopwatch_) return decode_block(cpu_, limit);
    stopwatch_->start();
    auto block = decode_block(cpu_, limit);
    counters_.seconds += stopwatch_->seconds();
    return block;
}

Block* BlockCache::remember(JumpCache::Entry& entry, Block& block) const {
    entry = {cpu_.jump_key(), &block, block.insns.get()};
    return &block;
}

Block* BlockCache::look_up(PhysicalAddress physical) {
    ++counters_.lookups;
    Block* found = blocks_.find(physical, cpu_.mode);
    if (found && found->breakpoint_page != breakpoint_page(cpu_)) {
        invalidate(*found);
        return nullptr;
    }
    if (!found || found->second_page == Block::no_page) return found;
    const auto next = static_cast<std::uint32_t>((cpu_.state.linear_ip() + page_size) & ~page_mask);
    PhysicalAddress second;
    if (cpu_.mmu.translate_fetch(next, cpu_.view, second) && (second & ~page_mask) == found->second_page)
        return found;
    invalidate(*found);
    return nullptr;
}

Block* BlockCache::insert(std::unique_ptr<Block> block) {
    ++counters_.decoded;
    counters_.instructions += block->count;
    memory_ += block->memory();
    Block& inserted = blocks_.insert(std::move(block));
    const PhysicalAddress last = inserted.physical + inserted.length - 1;
    const PhysicalAddress page_end = inserted.physical | page_mask;
    note_page(inserted, inserted.physical, std::min(last, page_end));
    if (inserted.second_page != Block::no_page)
        note_page(inserted, inserted.second_page, inserted.second_page + (last - page_end - 1));
    return &inserted;
}

void BlockCache::note_page(Block& block, PhysicalAddress first, PhysicalAddress last) {
    CodePage& page = pages_[first >> page_shift];
    if (page.empty()) cpu_.mmu.memory().track(first, tracks_code);
    page.add(block, first, last);
}

Block* BlockCache::find_single() {
    if (single_) dead_.push_back(std::move(single_));
    single_ = decode_block(cpu_, 1);
    return single_.get();
}

void BlockCache::written(PhysicalAddress address, std::size_t size) {
    const PhysicalAddress last = std::min<PhysicalAddress>(address + size - 1, address | page_mask);
    while (Block* block = find_in_page(address, last)) {
        invalidate(*block);
        if (may_be_executing(*block)) cpu_.stop_requested = true;
    }
}

/// Any block with bytes of [first, last], a range within a page.
Block* BlockCache::find_in_page(PhysicalAddress first, PhysicalAddress last) const {
    const auto page = pages_.find(first >> page_shift);
    return page == pages_.end() ? nullptr : page->second.find(first, last);
}

/// By its place in a page alone: an instruction may also execute as a copy, outside its block.
bool BlockCache::may_be_executing(const Block& block) const {
    if (!cpu_.current) return true;
    const std::uint64_t linear = cpu_.state.linear_ip() + cpu_.current->offset;
    return ((linear - block.physical) & page_mask) < block.length;
}

void BlockCache::invalidate(Block& block) {
    ++counters_.invalidated;
    forget(block);
}

/// What ran often goes on counting from half of that, so that it goes too once it runs no more.
void BlockCache::make_room() {
    constexpr std::uint32_t often = 4;
    for (Block* block : blocks_.all()) {
        if (block->translation) continue;
        if (block->executions >= often) {
            block->executions /= 2;
            continue;
        }
        ++counters_.forgotten;
        forget(*block);
    }
    room_ = std::max(least_room, 2 * memory_);
}

void BlockCache::forget(Block& block) {
    ++cpu_.code_generation;
    block.valid = false;
    memory_ -= block.memory();
    if (drop_) drop_(block);
    const auto leave_page = [&](PhysicalAddress address) {
        CodePage& page = pages_[address >> page_shift];
        page.remove(block);
        if (!page.empty()) return;
        pages_.erase(address >> page_shift);
        cpu_.mmu.memory().untrack(address, tracks_code);
    };
    leave_page(block.physical);
    if (block.second_page != Block::no_page) leave_page(block.second_page);
    dead_.push_back(blocks_.take_out(block));
}

void BlockCache::part_at(std::uint32_t linear) {
    const PhysicalAddress offset = linear & page_mask, before = offset ? offset - 1 : 0;
    std::vector<PhysicalAddress> bases;  // invalidate() changes the pages
    for (const auto& [number, page] : pages_)
        if (page.may_hold(before, offset)) bases.push_back(number << page_shift);
    for (const PhysicalAddress base : bases)
        while (Block* block = find_in_page(base + before, base + offset)) invalidate(*block);
}

std::vector<const Block*> BlockCache::holding(PhysicalAddress address) const {
    const auto page = pages_.find(address >> page_shift);
    return page == pages_.end() ? std::vector<const Block*>() : page->second.holding(address);
}

void BlockCache::collect() { dead_.clear(); }

void BlockCache::clear() {
    for (Block* block : blocks_.all()) invalidate(*block);
}

}  // namespace calque
