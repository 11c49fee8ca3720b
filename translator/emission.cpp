// Stubs, links and the frame of a block.
#include "translator/emission.hpp"

#include "cpu/decoder.hpp"
#include "cpu/fpu.hpp"

#include <algorithm>
#include <cassert>

namespace calque {
namespace {

namespace x86 = asmjit::x86;

constexpr std::size_t slots_before_entry = 2;
constexpr std::size_t reach_back = 118, longest_wait = 66;

bool is_repeated(const Insn& insn) {
    return insn.row != no_row && (row_of(insn).attributes & attribute::repeatable) &&
           (insn.prefixes & (prefix::rep | prefix::repne));
}

template <typename T>
T* make(std::pmr::memory_resource& memory) {
    return new (memory.allocate(sizeof(T), alignof(T))) T;
}

}  // namespace

Emission::Emission(HostAssembler& assembler, const EmissionSettings& emission_settings, Translation& unit,
                   std::pmr::memory_resource& memory)
    : a(assembler),
      settings(emission_settings),
      translation(unit),
      memory_(memory),
      windows_(*unit.block, unit.mode, unit.assumes.aperture) {
    repeats_ = std::ranges::any_of(std::span(unit.block->insns.get(), unit.block->count), is_repeated);
    find_needs();
}

void Emission::start(std::uint8_t index) {
    index_ = index;
    spare_taken_ = false;
    keep_stubs_in_reach();
}

void Emission::finish() {
    if (window_ && window_->last <= index_) window_ = nullptr;
    for (SlowStub& stub : slow_) {
        if (stub.index != index_) continue;
        a.bind(stub.resume);
        stub.window = window_;
        stub.values_at = static_cast<std::uint8_t>(index_ + 1);
    }
    if (index_ + 1 == translation.x87_end) emit_x87_pointers();
}

// --- x87 pointers: noted once a block, and by callouts from within it (Translator::note_x87_before)

/// FOP, FIP and FCS lie behind one another.
void Emission::emit_x87_pointers() {
    static_assert(offsetof(FpuArea, fip) == offsetof(FpuArea, fop) + 2);
    const StateLayout& layout = settings.layout;
    const std::uint64_t fop = x87_fop(row().opcode, insn().modrm), fip = translation.rip + insn().offset;
    a.mov(a.count(), fop | fip << 16);
    a.mov(a.in_state(layout.fop, 8), a.count());
    a.movzx(a.count().r32(), a.in_state(layout.segments + seg_cs * layout.segment_size + layout.selector, 2));
    a.mov(a.in_state(layout.fop + 6, 4), a.count().r32());
}

// --- Callouts

CalloutSite* Emission::new_site(std::uint8_t index, const Label& resume) {
    auto* site = make<CalloutSite>(memory_);
    site->owner = &translation;
    site->index = index;
    sites_.emplace_back(site, resume);
    return site;
}

void Emission::call_out() {
    const Label resume = a.newLabel();
    a.lea(a.spare(), a.near(new_site(index_, resume)));
    a.jump_to(settings.runtime.callout);
    a.bind(resume);
    window_ = nullptr;
    translation.only_calls_out = translation.block->count == 1;
}

Emission::SlowStub& Emission::slow_stub() {
    for (SlowStub& stub : slow_)
        if (stub.index == index_) return stub;
    return slow_.emplace_back(SlowStub{{a.newLabel()}, a.newLabel(), index_});
}

bool Emission::reaches(std::size_t slot) const {
    return slot < slots_.size() && a.offset() - a.code()->labelOffset(slots_[slot].near) < reach_back;
}

void Emission::leave_if_count_zero(Exit& exit) {
    if (exit.slot == no_slot && reaches(slots_used_)) exit.slot = slots_used_++;
    if (reaches(exit.slot)) return a.jump_if_count_zero(slots_[exit.slot].near);
    const Label near = a.newLabel();
    a.jump_if_count_zero(near);
    hops_.push_back({near, exit.stub, a.offset()});
}

void Emission::call_out_if_count_zero() { leave_if_count_zero(slow_stub().exit); }

void Emission::look_again_if_count_zero(const x86::Gp& linear, AccessKind kind) {
    slow_stub();
    SecondLook& look =
        second_looks_.emplace_back(SecondLook{{a.newLabel()}, a.newLabel(), index_, kind, linear.id()});
    leave_if_count_zero(look.exit);
    a.bind(look.retry);
}

void Emission::expect_fault() { faults_.emplace_back(a.offset(), slow_stub().exit.stub); }

void Emission::keep_stubs_in_reach() {
    if (hops_.empty() || a.offset() - hops_.front().from < longest_wait) return;
    const Label over = a.newLabel();
    a.short_().jmp(over);
    emit_hops();
    a.bind(over);
}

void Emission::emit_hops() {
    for (const Hop& hop : hops_) {
        a.bind(hop.near);
        a.long_().jmp(hop.stub);
    }
    hops_.clear();
}

// --- Links

bool Emission::crosses_page(std::uint32_t rip) const {
    const Block& block = *translation.block;
    return block.second_page != Block::no_page ||
           ((translation.cs_base + rip) ^ translation.linear()) >> page_shift;
}

const Emission::PendingLink& Emission::new_link(std::uint32_t rip) {
    auto* link = make<Link>(memory_);
    link->owner = &translation;
    link->live = translation.needs;
    link->is_counted = !repeats_;
    link->target_rip = rip;
    return links_.emplace_back(PendingLink{link, a.newLabel(), crosses_page(rip) ? a.newLabel() : Label()});
}

void Emission::jump(std::uint32_t rip) {
    const PendingLink& link = new_link(rip);
    a.long_().jmp(link.guard.isValid() ? link.guard : link.stub);
    links_.back().branch = a.offset() - 4;
}

void Emission::jump_behind_return(std::uint32_t rip) {
    jump(rip);
    links_.back().link->live = {};
    links_.back().link->is_counted = false;
}

void Emission::jump_if(unsigned condition, std::uint32_t rip) {
    const PendingLink& link = new_link(rip);
    a.long_().j(static_cast<x86::CondCode>(condition), link.guard.isValid() ? link.guard : link.stub);
    links_.back().branch = a.offset() - 4;
}

void Emission::call(std::uint32_t rip) {
    const PendingLink& link = new_link(rip);
    a.call(link.guard.isValid() ? link.guard : link.stub);
    links_.back().branch = a.offset() - 4;
}

/// Goes on to the target only while its page is mapped as it was when the link was made. Unlinked, the
/// comparison is with an absent entry.
void Emission::emit_guard(PendingLink& pending) {
    const std::uint32_t page = (translation.cs_base + pending.link->target_rip) >> page_shift;
    const Label same = a.newLabel();
    a.bind(pending.guard);
    a.mov(a.count(), x86::ptr(a.tables(), settings.tables.fetch + static_cast<std::int32_t>(page * 8)));
    a.lea(a.count().r32(), x86::ptr(a.count(), 0x7fff'ffff));
    const std::size_t field = a.offset() - 4;
    a.jump_if_count_zero(same);
    a.long_().jmp(pending.stub);
    a.bind(same);
    a.long_().jmp(pending.stub);
    pending.branch = a.offset() - 4;
    assert(pending.branch - field == Link::guard_to_branch);
}

// --- The block

/// x87 and MMX instructions may have to wait for an exception if one is unmasked: then all are called out.
void Emission::find_needs() {
    if (!settings.options.host_units) return;
    const Block& block = *translation.block;
    for (std::uint8_t i = 0; i < block.count; ++i) {
        const Insn& insn = block.insns[i];
        if (!is_allowed(insn, translation.mode)) continue;
        if (row_of(insn).cls != InstructionClass::innocuous && !is_fldcw(row_of(insn))) continue;
        const std::uint16_t attributes = row_of(insn).attributes;
        const bool x87 = (attributes & (attribute::x87 | attribute::mmx)) && !in_mode(mode::unmasked_x87);
        translation.needs.x87 |= x87;
        translation.needs.xmm |= (attributes & attribute::sse) != 0;
        if (x87 && is_named_by_x87_pointers(insn)) translation.x87_end = static_cast<std::uint8_t>(i + 1);
    }
}

Emission::Slot Emission::new_slot() {
    const Slot slot{a.newLabel(), a.newLabel()};
    a.bind(slot.near);
    a.long_().jmp(slot.stub);
    return slot;
}

void Emission::emit_stub(const Label& stub, const void* about, const void* code) {
    const HostAssembler::Cold cold(a);
    a.bind(stub);
    a.lea(a.spare(), a.near(about));
    a.jump_to(code);
}

/// Everything before the entry is reached by JRCXZ from the block's beginning.
void Emission::begin_block() {
    Slot not_live;
    if (translation.needs.any()) {
        not_live = new_slot();
        emit_stub(not_live.stub, &translation, settings.runtime.not_live);
    }
    const Slot spent = new_slot();
    emit_stub(spent.stub, &translation, settings.runtime.out_of_budget);
    for (std::size_t i = 0; i < slots_before_entry; ++i) slots_.push_back(new_slot());
    entry_ = a.newLabel();
    a.bind(entry_);
    if (translation.needs.x87) {
        a.movzx(a.count().r32(), a.in_state(settings.layout.fpu_live, 1));
        a.jump_if_count_zero(not_live.near);
    }
    if (translation.needs.xmm) {
        a.movzx(a.count().r32(), a.in_context(a.context().xmm_live));
        a.jump_if_count_zero(not_live.near);
    }
    live_entry_ = a.newLabel();
    a.bind(live_entry_);
    emit_budget_check(spent.near);
    unchecked_entry_ = a.newLabel();
    a.bind(unchecked_entry_);
    a.lea(a.budget(), x86::ptr(a.budget(), -std::int32_t{translation.block->count}));
}

/// A stride has to be left, which the budget register leaves out; or the block, if it is longer.
void Emission::emit_budget_check(const Label& spent) {
    const std::int32_t longer = translation.block->count - settings.options.stride;
    if (longer > 0) a.lea(a.count(), x86::ptr(a.budget(), -longer));
    a.rorx(a.count(), longer > 0 ? a.count() : a.budget(), 32);
    a.jecxz(a.count().r32(), spent);
}

void Emission::bind_exit(const Exit& exit) {
    a.bind(exit.stub);
    if (exit.slot != no_slot) a.bind(slots_[exit.slot].stub);
}

/// Right before the slow stub of their instruction, within JRCXZ's reach.
void Emission::emit_second_looks(const SlowStub& stub) {
    for (const SecondLook& look : second_looks_) {
        if (look.index != stub.index) continue;
        bind_exit(look.exit);
        if (look.linear != a.plan().address) a.mov(a.address().r32(), x86::gpd(look.linear));
        const auto kind = static_cast<std::size_t>(look.kind);
        a.call_to(settings.runtime.second_look[settings.view][kind]);
        a.jump_if_count_zero(stub.exit.stub);
        a.long_().jmp(look.retry);
    }
}

void Emission::emit_slow_stubs() {
    const HostAssembler::Cold cold(a);
    for (const SlowStub& stub : slow_) {
        emit_second_looks(stub);
        bind_exit(stub.exit);
        const Label resume = stub.window ? a.newLabel() : stub.resume;
        a.lea(a.spare(), a.near(new_site(stub.index, resume)));
        a.jump_to(settings.runtime.callout);
        if (!stub.window) continue;
        a.bind(resume);
        emit_return_to_window(stub);
    }
    for (; slots_used_ < slots_.size(); ++slots_used_) a.bind(slots_[slots_used_].stub);
}

void Emission::emit_links() {
    for (PendingLink& pending : links_) {
        if (pending.guard.isValid()) emit_guard(pending);
        emit_stub(pending.stub, pending.link, settings.runtime.direct);
    }
}

void Emission::end_block() {
    emit_hops();
    emit_slow_stubs();
    emit_links();
}

void Emission::write(const WritablePlace& destination) {
    a.finish(destination);
    const std::uint8_t* const base = a.base();
    translation.entry = a.address_of(entry_);
    translation.live_entry = a.address_of(live_entry_);
    translation.unchecked_entry = a.address_of(unchecked_entry_);
    for (const auto& [site, resume] : sites_) site->resume = a.address_of(resume);
    for (const PendingLink& pending : links_) {
        pending.link->branch = base + pending.branch;
        pending.link->unlinked = a.address_of(pending.stub);
        pending.link->is_guarded = pending.guard.isValid();
    }
    for (const auto& [offset, stub] : faults_) recoveries_.push_back({base + offset, a.address_of(stub)});
}

}  // namespace calque
