// The dispatcher: between generated code, the interpreter and the block cache.
#include "translator/translator.hpp"

#include "cpu/fpu.hpp"
#include "cpu/instruction_table.hpp"
#include "translator/block_translator.hpp"
#include "translator/gs_base.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <span>
#include <stdexcept>
#include <utility>

namespace calque {
namespace {

constexpr std::uint64_t budget_bias = 1ULL << 32;
/// Budgets beyond this are run in slices: the plan's budget register has 32 bits for them.
constexpr std::int64_t longest_slice = 1LL << 30;
/// Code of one block never takes more.
constexpr std::size_t largest_translation = 64U << 10;

/// AX as LAHF and SETO AL leave it, from EFLAGS, and back.
std::uint16_t host_flags(std::uint32_t eflags) {
    return static_cast<std::uint16_t>((eflags & 0xff) << 8 | (eflags >> 11 & 1));
}
std::uint32_t guest_flags(std::uint16_t ax) { return (ax >> 8 & flag::status) | (ax & 1U) << 11; }

/// Generated code runs under the guest's MXCSR only while it raises nothing.
bool sse_exceptions_masked(std::uint32_t mxcsr) {
    constexpr std::uint32_t masks = 0x1f80;
    return (mxcsr & masks) == masks;
}

std::int32_t table_distance(const std::uint64_t* base, const std::uint64_t* table) {
    const std::int64_t distance = (table - base) * std::int64_t{8} - page_shift;
    const std::int64_t table_bytes = ShadowPageTable::aligned_places * ShadowPageTable::pages * 8;
    if (distance != static_cast<std::int32_t>(distance) ||
        distance + table_bytes > std::numeric_limits<std::int32_t>::max())
        throw std::runtime_error("the shadow page tables are too far apart for the translator");
    return static_cast<std::int32_t>(distance);
}

TableLayout table_layout(const ShadowPageTable& shadow) {
    const std::uint64_t* base = shadow.read_table();
    return {table_distance(base, base), table_distance(base, shadow.write_table()),
            table_distance(base, shadow.fetch_table()), table_distance(base, shadow.aligned_read_table()),
            table_distance(base, shadow.aligned_write_table())};
}

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

bool Translator::host_is_able() { return __builtin_cpu_supports("bmi2"); }

Translator::Translator(Cpu& cpu, BlockCache& blocks, const TranslatorOptions& options)
    : cpu_(cpu),
      blocks_(blocks),
      options_(options),
      observed_options_(options.for_observation()),
      cache_(options.cache_size),
      context_(cache_.context()),
      assembler_(options.permuted_plan ? permuted_plan : identity_plan, context_),
      layout_(cpu),
      store_(cache_),
      callouts_by_row_(instruction_table().size() + 1),
      callout_ticks_by_row_(callouts_by_row_.size()) {
    if (!host_is_able()) throw std::runtime_error("this processor lacks BMI2, which the translator needs");
    for (unsigned view = 0; view < view_count; ++view)
        tables_[view] = table_layout(cpu.mmu.shadow(static_cast<View>(view)));
    if (options.measure_times) stopwatch_.emplace();
    context_.translator = this;
    context_.state = &cpu.state;
    context_.functions = {on_callout, on_direct, on_indirect, on_out_of_budget, on_not_live, on_decline};
    context_.offset_mask = page_mask;
    context_.page_mask = 0x1'000f'ffffULL;
    context_.aligned_mask = 0xffff'f003;
    context_.looks_left = looks_per_sample;
    context_.sign_mask = 1ULL << 63;
    context_.x87_masks = x87::exceptions;
    context_.return_bottom = context_.return_rsp = return_stack_.bottom();
    const CodePlace runtime_place = cache_.next();
    runtime_ = emit_runtime_code(assembler_, cache_, layout_, tables_);
    runtime_size_ = cache_.used();
    hash_code(runtime_place, runtime_size_);
    return_stack_.set_bottom_landing(runtime_.bottom_landing);
    if (options.stack_aperture && options.inline_memory)
        has_apertures_ = can_set_gs_base() && cpu.mmu.open_apertures();
    blocks_.on_drop([this](Block& block) { store_.drop(block); });
}

Translator::~Translator() {
    store_.clear();
    blocks_.on_drop({});
}

// --- The dispatcher

void Translator::execute(Cpu&, BlockCache&) {
    use_alternate_signal_stack();
    const std::int64_t hidden = std::max<std::int64_t>(cpu_.budget - longest_slice, 0);
    cpu_.budget -= hidden;
    cpu_.target -= static_cast<std::uint64_t>(hidden);
    const std::int64_t before = cpu_.budget;
    run();
    counters_.translated += static_cast<std::uint64_t>(before - cpu_.budget);
    cpu_.budget += hidden;
    cpu_.target += static_cast<std::uint64_t>(hidden);
}

void Translator::run() {
    do {
        Block* block = blocks_.find();
        if (!block || block->count > cpu_.budget) return;
        Translation* translation = interpret_next_ || !may_enter(*block) ? nullptr : translation_of(*block);
        interpret_next_ = false;
        if (translation) {
            enter(*translation);
            continue;
        }
        const std::int64_t before = cpu_.budget;
        if (is_given_up(*block))
            interpret_from(*block);
        else
            interpret_block(cpu_, *block);
        counters_.interpreted += static_cast<std::uint64_t>(before - cpu_.budget);
    } while (may_go_on(cpu_));
}

/// A callout's detour through generated code would show nothing but the handler's work.
void Translator::execute_observed(Cpu&, BlockCache&, Block& block) {
    use_alternate_signal_stack();
    const std::int64_t before = cpu_.budget;
    Translation* translation = interpret_next_ ? nullptr : translation_of(block);
    interpret_next_ = false;
    if (translation && (!translation->only_calls_out || stopwatch_)) {
        enter(*translation);
    } else {
        interpret_block(cpu_, block);
        auto& counter = translation ? counters_.called_out : counters_.interpreted;
        counter += static_cast<std::uint64_t>(before - cpu_.budget);
        if (translation) count_row(block.insns[0]);
    }
    counters_.translated += static_cast<std::uint64_t>(before - cpu_.budget);
}

/// What called out too often comes round again soon: until then it pays to stay with the interpreter.
void Translator::interpret_from(Block& block) {
    constexpr std::int64_t stretch = 128;
    const std::int64_t end = cpu_.budget - stretch;
    for (Block* next = &block; next && next->count <= cpu_.budget; next = blocks_.find()) {
        interpret_chain(cpu_, *next);
        if (!may_go_on(cpu_) || cpu_.budget <= end) return;
    }
}

void Translator::enter(const Translation& translation) {
    refresh_context();
    export_state();
    enter_aperture();
    runtime_.enter(translation.entry);
}

Translation* Translator::successor() {
    if (!may_go_on(cpu_)) return nullptr;
    Block* block = blocks_.find();
    return block && may_enter(*block) ? translation_of(*block) : nullptr;
}

/// What is left behind a last stride is for the interpreter.
bool Translator::may_enter(const Block& block) const {
    return cpu_.budget >= std::max<std::int64_t>(options().stride, block.count);
}

Translation* Translator::translation_of(Block& block) {
    if (Translation* found = TranslationStore::find(block, cpu_.state)) return found;
    if (!is_hot(block) || blocks_.is_single(block)) return nullptr;
    return &translate(block);
}

/// Where a library is mapped anew its blocks are cold again: a translation holds for one EIP. One that was
/// given up is tried again after long.
bool Translator::is_hot(Block& block) const {
    const auto rip = static_cast<std::uint32_t>(cpu_.state.rip);
    if (block.counted_at != rip) {
        block.counted_at = rip;
        block.executions = 0;
    }
    constexpr std::uint32_t long_after = 1U << 16;
    return block.executions >= options().translate_after + (is_given_up(block) ? long_after : 0);
}

bool Translator::is_given_up(const Block& block) const {
    return block.translation && !TranslationStore::assumptions(block, cpu_.state).few_callouts;
}

Translation& Translator::translate(Block& block) {
    const auto start = std::chrono::steady_clock::now();
    if (stopwatch_) stopwatch_->start();
    if (!cache_.has_room(largest_translation)) flush();
    Translation& translation = store_.add(block, cpu_.state, cpu_.mode);
    translation.assumes.windows &= options().address_windows && options().inline_memory;
    translation.assumes.alignment &= options().aligned_lookup;
    translation.assumes.aperture &= has_apertures_ && options().inline_memory;
    translation.assumes.few_callouts = true;
    const EmissionSettings settings{options(), runtime_, layout_, tables_[view_of(cpu_.mode)],
                                    view_of(cpu_.mode)};
    const CodePlace place = cache_.next();
    assembler_.begin(place);
    Emission emission(assembler_, settings, translation, store_.memory());
    emit_block(emission);
    const CodeSize size = assembler_.size();
    emission.write(cache_.allocate(size));
    hash_code(place, size);
    translation.code_size = static_cast<std::uint32_t>(size.hot);
    store_.add_recoveries(emission.recoveries());
    ++statistics_.translations;
    statistics_.instructions += block.count;
    statistics_.guest_bytes += block.length;
    statistics_.code_bytes += size.sum();
    statistics_.cold_bytes += size.cold;
    statistics_.seconds += stopwatch_ ? stopwatch_->seconds() : seconds_since(start);
    return translation;
}

/// As emitted: links are patched into it later.
void Translator::hash_code(const CodePlace& place, const CodeSize& size) {
    if (!options_.hash_code) return;
    for (const std::span bytes : {std::span(place.hot, size.hot), std::span(place.cold, size.cold)})
        for (const std::uint8_t byte : bytes)
            statistics_.code_hash = (statistics_.code_hash ^ byte) * 0x100'0000'01b3;
}

void Translator::flush() {
    ++statistics_.flushes;
    store_.clear();
    cache_.rewind(runtime_size_);
    context_.return_rsp = context_.return_bottom;
}

/// The return stack overflowed: it is emptied and the CALL repeated. Or the instruction is called out.
bool Translator::recover(std::uint64_t& rip, std::uint64_t& rsp, const void* accessed) {
    const auto* code = reinterpret_cast<const std::uint8_t*>(rip);
    if (!cache_.contains(code)) return false;
    ++statistics_.recoveries;
    if (return_stack_.overflowed(accessed)) {
        rsp = context_.return_bottom;
        return true;
    }
    if (has_apertures_) unmapped_ = cpu_.mmu.shadow(view_of(context_key_.mode)).aperture()->linear(accessed);
    const std::uint8_t* stub = store_.recovery_of(code);
    if (stub) rip = reinterpret_cast<std::uint64_t>(stub);
    return stub != nullptr;
}

// --- State at the border

void Translator::import_state() {
    cpu_.budget = static_cast<std::int64_t>(context_.budget - budget_bias) + options().stride;
    cpu_.state.status = StatusFlags::unpack(guest_flags(context_.flags));
}

void Translator::export_state() {
    context_.budget = static_cast<std::uint64_t>(cpu_.budget - options().stride) + budget_bias;
    context_.flags = host_flags(cpu_.state.status.pack());
    context_.xmm_live = context_.xmm_live && sse_exceptions_masked(cpu_.state.fpu.mxcsr);
}

Translator::ContextKey Translator::context_key() const {
    return {cpu_.mode, static_cast<std::uint32_t>(cpu_.state.cs().base), cpu_.state.cs().limit,
            cpu_.mmu.fetch_generation(view_of(cpu_.mode))};
}

/// A new mode, code segment or mapping: return addresses and jump targets found before do not hold.
void Translator::refresh_context() {
    const ContextKey key = context_key();
    if (key == context_key_) return;
    context_key_ = key;
    context_.tag = context_number() << 32;
    context_.return_rsp = context_.return_bottom;
    context_.tables =
        reinterpret_cast<std::uint64_t>(cpu_.mmu.shadow(view_of(cpu_.mode)).read_table()) + page_shift;
    enter_aperture();
}

/// Another machine of this thread may have been in its own.
void Translator::enter_aperture() const {
    if (has_apertures_) set_gs_base(cpu_.mmu.shadow(view_of(cpu_.mode)).aperture()->base());
}

/// Numbers of contexts are given anew in each epoch.
std::uint64_t Translator::context_number() {
    constexpr std::uint64_t most_contexts = 1U << 10;
    if (context_numbers_.size() == most_contexts - 1) {
        context_numbers_.clear();
        ++epoch_;
    }
    const std::uint64_t number =
        context_numbers_.try_emplace(context_key_, context_numbers_.size() + 1).first->second;
    if (epoch_ >= 1U << 22) {
        epoch_ = 1;
        std::ranges::fill(context_.jumps, JumpEntry{});
    }
    return epoch_ * most_contexts + number;
}

std::size_t Translator::ContextKeyHash::operator()(const ContextKey& key) const {
    return key.mode * std::size_t{0x9e37'79b9} ^ key.cs_base * std::size_t{0x85eb'ca6b} ^ key.cs_limit ^
           key.fetch_generation << 32;
}

// --- Stubs

const void* Translator::on_callout(Context& context, std::uint64_t site) noexcept {
    Translator& self = *context.translator;
    const auto& callout = *reinterpret_cast<const CalloutSite*>(site);
    return self.stopwatch_ ? self.call_out_timed(callout) : self.call_out(callout);
}

const void* Translator::on_direct(Context& context, std::uint64_t argument) noexcept {
    Translator& self = *context.translator;
    auto& link = *reinterpret_cast<Link*>(argument);
    ++self.statistics_.direct_exits;
    self.import_state();
    self.cpu_.state.rip = link.target_rip;
    const std::uint64_t flushes = self.statistics_.flushes;
    Translation* next = self.successor();
    if (!next) return nullptr;
    const bool link_is_alive = flushes == self.statistics_.flushes;
    if (link_is_alive && self.options_.chaining && !link.target) {
        self.store_.connect(link, *next, self.options().stride);
        ++self.statistics_.links;
    }
    self.refresh_context();
    self.export_state();
    return next->entry;
}

const void* Translator::on_indirect(Context& context, std::uint64_t rip) noexcept {
    Translator& self = *context.translator;
    ++self.statistics_.indirect_misses;
    self.import_state();
    self.cpu_.state.rip = static_cast<std::uint32_t>(rip);
    Translation* next = self.successor();
    if (!next) return nullptr;
    self.refresh_context();
    if (self.options_.jump_table) self.store_.note_jump(*next);
    self.export_state();
    return next->entry;
}

const void* Translator::on_out_of_budget(Context& context, std::uint64_t argument) noexcept {
    Translator& self = *context.translator;
    const auto& translation = *reinterpret_cast<const Translation*>(argument);
    ++self.statistics_.budget_exits;
    self.import_state();
    self.cpu_.state.rip = translation.rip;
    return nullptr;
}

const void* Translator::on_not_live(Context& context, std::uint64_t argument) noexcept {
    Translator& self = *context.translator;
    const auto& translation = *reinterpret_cast<const Translation*>(argument);
    if (self.make_live(translation.needs)) return translation.live_entry;
    self.import_state();
    self.cpu_.state.rip = translation.rip;
    self.interpret_next_ = true;
    return nullptr;
}

/// False: SSE exceptions are unmasked.
bool Translator::make_live(const LiveUnits& needs) {
    if (needs.x87) cpu_.fpu.acquire(cpu_.state.fpu);
    if (needs.xmm) context_.xmm_live = sse_exceptions_masked(cpu_.state.fpu.mxcsr);
    return !needs.xmm || context_.xmm_live;
}

/// Where this goes on happening the block is translated anew, without windows.
const void* Translator::on_decline(Context& context, std::uint64_t argument) noexcept {
    constexpr std::uint8_t patience = 4;
    Translator& self = *context.translator;
    const auto& site = *reinterpret_cast<const CalloutSite*>(argument);
    self.leave_to_interpreter(site);
    ++self.statistics_.declined;
    if (++site.owner->declined == patience) self.store_.retire(*site.owner, &Assumptions::windows);
    return nullptr;
}

/// One of many doublewords that were misaligned. Where they are a considerable part of what runs, the
/// translations that are caught again are made anew.
void Translator::sample_misaligned(Translation& translation) {
    constexpr std::uint64_t considerable = 32 * looks_per_sample;
    constexpr std::uint8_t patience = 2;
    context_.looks_left = looks_per_sample;
    ++statistics_.misaligned_samples;
    const std::uint64_t now = cpu_.retired();
    const bool many = now - std::exchange(last_sample_, now) < considerable;
    if (many && ++translation.misaligned == patience) store_.retire(translation, &Assumptions::alignment);
}

/// The access that found nothing there was made. Where that goes on happening - the stack moves from page to
/// page, the process changes, stores to its page are tracked - it costs more than it gains.
void Translator::fill_aperture(Translation& translation) {
    constexpr std::uint64_t worthwhile = 50'000;
    constexpr std::uint8_t patience = 4;
    const bool filled =
        cpu_.mmu.shadow(view_of(translation.mode)).fill_aperture(*std::exchange(unmapped_, std::nullopt));
    ++statistics_.unmapped;
    const std::uint64_t now = cpu_.retired();
    const bool many = now - std::exchange(last_unmapped_, now) < worthwhile;
    if ((many || !filled) && ++translation.unmapped == patience)
        store_.retire(translation, &Assumptions::aperture);
}

/// A callout costs as much as some tens of instructions gain by being translated. Where they come closer
/// together, the interpreter is faster.
void Translator::count_callout(Translation& translation) {
    constexpr std::uint8_t counted = 64;
    constexpr std::uint32_t worthwhile = 12;
    if (++translation.callouts < counted) return;
    const auto now = static_cast<std::uint32_t>(cpu_.retired());
    const std::uint32_t instructions = now - std::exchange(translation.counted_from, now);
    translation.callouts = 0;
    if (instructions >= counted * worthwhile || !options().give_up) return;
    if (translation.retired || !translation.block) return;
    ++statistics_.given_up;
    translation.block->executions = 0;
    store_.retire(translation, &Assumptions::few_callouts);
}

/// The dispatcher goes on there, with the interpreter.
void Translator::leave_to_interpreter(const CalloutSite& site) {
    import_state();
    const Insn& insn = site.owner->block->insns[site.index];
    cpu_.budget += insn.remaining;
    cpu_.state.rip = site.owner->rip + insn.offset;
    note_x87_before(site);
    interpret_next_ = true;
}

Engine::Counters Translator::counters() const {
    Counters counters = counters_;
    counters.translated -= counters.interpreted + counters.called_out;
    return counters;
}

}  // namespace calque
