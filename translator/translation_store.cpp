// All translations, and the links among them.
#include "translator/translation_store.hpp"

#include "cpu/state.hpp"
#include "mmu/physical_memory.hpp"

#include <algorithm>

namespace calque {
namespace {

/// What a 32-bit displacement at `field` has to be for a jump to `target`.
std::uint32_t relative(const std::uint8_t* field, const std::uint8_t* target) {
    return static_cast<std::uint32_t>(target - (field + 4));
}

bool is_for(const Translation& translation, const CpuState& state) {
    return translation.rip == state.rip && translation.cs_base == state.cs().base &&
           translation.cs_limit == state.cs().limit;
}

Translation* first_of(const Block& block) { return static_cast<Translation*>(block.translation); }

/// Most translations of a library's block are for where other processes map it: one look at the block tells.
std::uint64_t page_bit(std::uint64_t rip) {
    constexpr std::uint64_t golden_ratio = 0x9e37'79b9'7f4a'7c15;
    return 1ULL << ((rip >> page_shift) * golden_ratio >> 58);
}

bool may_have(const Block& block, const CpuState& state) {
    return block.translated_pages & page_bit(state.rip);
}

void put_first(Block& block, Translation& translation) {
    block.translated_pages |= page_bit(translation.rip);
    translation.next = first_of(block);
    block.translation = &translation;
}

/// Takes the translation of this key, retired or not, out of the block's list; nullptr: there is none.
Translation* take_out(Block& block, const CpuState& state, bool retired) {
    if (!may_have(block, state)) return nullptr;
    Translation* before = nullptr;
    for (auto* at = first_of(block); at; before = at, at = at->next) {
        if (at->retired != retired || !is_for(*at, state)) continue;
        if (before)
            before->next = at->next;
        else
            block.translation = at->next;
        return at;
    }
    return nullptr;
}

/// Forgets the retired translation of this key, if there is one. What its successor may assume.
Assumptions drop_retired(Block& block, const CpuState& state) {
    Translation* found = take_out(block, state, true);
    if (!found) return {};
    found->block = nullptr;
    return found->assumes;
}

/// What a translation has led on with cannot change any more, so in every loop there is a look.
bool may_go_unchecked(const Link& link, Translation& target, std::int32_t stride) {
    Translation& owner = *link.owner;
    if (!link.is_counted || !owner.block || &owner == &target) return false;
    const std::int32_t unchecked = owner.unchecked + owner.block->count;
    if (unchecked + target.block->count > stride) return false;
    if (unchecked > target.unchecked) {
        if (target.leads_on) return false;
        target.unchecked = unchecked;
    }
    owner.leads_on = true;
    return true;
}

const std::uint8_t* entry_for(const Link& link, Translation& target, std::int32_t stride) {
    if (!link.live.hold(target.needs)) return target.entry;
    return may_go_unchecked(link, target, stride) ? target.unchecked_entry : target.live_entry;
}

JumpEntry& entry_of(Context& context, std::uint32_t rip) {
    return context.jumps[rip & (Context::jump_count - 1)];
}

}  // namespace

Translation& TranslationStore::add(Block& block, const CpuState& state, std::uint32_t mode) {
    auto* made = new (memory_.allocate(sizeof(Translation), alignof(Translation))) Translation;
    made->block = &block;
    made->rip = static_cast<std::uint32_t>(state.rip);
    made->cs_base = static_cast<std::uint32_t>(state.cs().base);
    made->cs_limit = state.cs().limit;
    made->mode = mode;
    made->assumes = drop_retired(block, state);
    limit_number(block);
    put_first(block, *made);
    all_.push_back(made);
    return *made;
}

/// Each process may map a library's page somewhere else, and none comes back: the one used longest ago goes.
void TranslationStore::limit_number(Block& block) {
    constexpr unsigned most = 8;
    unsigned number = 1;
    block.translated_pages = 0;
    for (auto* at = first_of(block); at; at = at->next) {
        block.translated_pages |= page_bit(at->rip);
        if (++number == most && at->next) {
            abandon(*at->next);
            at->next = nullptr;
        }
    }
}

Translation* TranslationStore::find(Block& block, const CpuState& state) {
    Translation* first = first_of(block);
    if (first && !first->retired && is_for(*first, state)) return first;
    Translation* found = take_out(block, state, false);
    if (found) put_first(block, *found);
    return found;
}

Assumptions TranslationStore::assumptions(const Block& block, const CpuState& state) {
    if (!may_have(block, state)) return {};
    for (const auto* at = first_of(block); at; at = at->next)
        if (at->retired && is_for(*at, state)) return at->assumes;
    return {};
}

void TranslationStore::connect(Link& link, Translation& target, std::int32_t stride) {
    if (link.target) disconnect(link);
    link.target = &target;
    link.next_incoming = target.incoming;
    target.incoming = &link;
    cache_.patch(link.branch, relative(link.branch, entry_for(link, target, stride)));
    if (!link.is_guarded) return;
    const PhysicalAddress page = target.block->physical & ~page_mask;
    cache_.patch(link.guard(), 0U - static_cast<std::uint32_t>(page | 1));
}

void TranslationStore::disconnect(Link& link) {
    cache_.patch(link.branch, relative(link.branch, link.unlinked));
    NearPointer<Link>* at = &link.target->incoming;
    while (*at != &link) at = &(*at)->next_incoming;
    *at = link.next_incoming;
    link.target = nullptr;
}

void TranslationStore::drop(Block& block) {
    for (auto* at = first_of(block); at; at = at->next) abandon(*at);
    block.translation = nullptr;
}

void TranslationStore::retire(Translation& translation, bool Assumptions::*failed) {
    cut_off(translation);
    translation.assumes.*failed = false;
    translation.retired = true;
}

void TranslationStore::abandon(Translation& translation) {
    cut_off(translation);
    translation.block = nullptr;
}

void TranslationStore::cut_off(Translation& translation) {
    while (translation.incoming) disconnect(*translation.incoming);
    forget_jump(translation);
}

void TranslationStore::clear() {
    for (Translation* translation : all_)
        if (translation->block) translation->block->translation = nullptr;
    all_.clear();
    recoveries_.clear();
    std::ranges::fill(cache_.context().jumps, JumpEntry{});
    memory_.release();
}

void TranslationStore::add_recoveries(const std::vector<Recovery>& recoveries) {
    recoveries_.insert(recoveries_.end(), recoveries.begin(), recoveries.end());
}

const std::uint8_t* TranslationStore::recovery_of(const std::uint8_t* faulting) const {
    const auto found = std::ranges::lower_bound(recoveries_, faulting, {}, &Recovery::faulting);
    return found == recoveries_.end() || found->faulting != faulting ? nullptr : found->stub;
}

void TranslationStore::note_jump(const Translation& target) {
    Context& context = cache_.context();
    entry_of(context, target.rip) = {0 - (context.tag | target.rip), target.entry};
}

void TranslationStore::forget_jump(const Translation& target) {
    JumpEntry& entry = entry_of(cache_.context(), target.rip);
    if (entry.host == target.entry) entry = {};
}

}  // namespace calque
