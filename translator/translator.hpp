// The binary translator: the engine that makes host code of guest code.
//
// Goal. On an x86-64 host the guest's own instruction is, nearly always, the best translation of itself. So
// the guest's registers live in the host's (plan.hpp), the status flags live in the host's flags, and what
// has to be inserted between guest instructions - address arithmetic, checks, counting - is built of
// instructions that leave the flags alone: LEA, MOV, SHRX, RORX, PEXT, and JRCXZ to branch.
//
// Path of a block. The block cache finds or decodes it; the interpreter runs it while it is cold; then
// emit_block() drives the emitters over it (emitters.hpp), each of which emits an instruction or declines.
// What is declined is called out: the interpreter's handler runs on the state, from a stub. The translator is
// therefore complete however few emitters it has, and each emitter can be deleted.
//
// Memory. emit_address() (memory_operand.hpp) turns an operand into a host pointer through the shadow page
// table. Whatever is not a plain, permitted access within one page calls out for the whole instruction: the
// interpreter is the only one that knows MMIO, page faults, write tracking and page-crossing accesses.
//
// Alignment. A doubleword's address finds its table entry by one PEXT if it is aligned. A misaligned one is
// looked for once more out of line; every so often that calls out instead, and the translation it happens in
// is made anew with the check of the page's end inline.
//
// Giving up. Where callouts come so close together that interpreting would be faster - code that stores to
// code, polling of a device - a block is interpreted again, and a stretch of what follows with it.
//
// The stack. Operands by ESP, and below EBP, are two of three. They go straight through the host's MMU, by
// GS: Aperture (mmu/aperture.hpp) mirrors the view's pages. Where nothing is mapped yet the host faults, the
// interpreter makes the access, and the page is mapped if it is plain memory. That takes as long as ten
// thousand instructions; a translation to which it happens again and again is made anew without.
//
// Windows. Operands of one block that lie at known distances from each other (locals, fields, pushes) share
// one check: address_windows.hpp finds them, one scratch register holds the window's host pointer, and an
// access is then a single instruction. A callout in between looks again. Where a window straddles pages or is
// not plain memory, the interpreter does the rest of the block, and soon the block is translated without
// windows.
//
// State. In generated code RIP is implied by the place; all else of CpuState that has no host register is
// current. Stubs store the registers (runtime_code.cpp), C++ runs on its own stack, and the answer is where
// to go on. Cpu::budget is prepaid by the block; Insn::remaining tells what an exit in its middle has to give
// back. A block that is entered by a link shortly after another looked at the budget does not look itself.
//
// State key. A translation depends on its block (physical address, mode) and on linear facts: EIP, CS base
// and limit. Links within a page are unconditional; across pages a guard compares the target page's fetch
// entry. Indirect jumps probe a table keyed by EIP and a context tag that stands for mode, code segment and
// the generation of the mappings. A guest CALL is a host CALL, so RSP is the return stack; landings compare
// EIP. The return stack is emptied whenever the context tag changes.
//
// Invalidation. A store to code is slow (the page is tracked): the block cache drops the block, its incoming
// links go back to their stubs, and the store's callout leaves the block it may be part of. Code memory is
// reclaimed all at once.
//
// Faults. A host fault inside the cache (division, misaligned SSE operand, return-stack overflow) is answered
// by going on at the instruction's callout stub: the interpreter then raises the guest's exception
// (fault_recovery.cpp).
#pragma once

#include "cpu/engine.hpp"
#include "cpu/thread_clock.hpp"
#include "translator/code_cache.hpp"
#include "translator/emission.hpp"
#include "translator/fault_recovery.hpp"
#include "translator/options.hpp"
#include "translator/return_stack.hpp"
#include "translator/statistics.hpp"
#include "translator/tick_rate.hpp"
#include "translator/translation_store.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

namespace calque {

class Translator final : public Engine, private FaultHandler {
public:
    /// Whether this host has what generated code is made of (BMI2; LAHF in 64-bit mode).
    static bool host_is_able();

    Translator(Cpu& cpu, BlockCache& blocks, const TranslatorOptions& options = {});
    ~Translator() override;
    Translator(const Translator&) = delete;
    Translator& operator=(const Translator&) = delete;

    void execute(Cpu& cpu, BlockCache& blocks) override;
    void execute_observed(Cpu& cpu, BlockCache& blocks, Block& block) override;
    const char* name() const override { return "translator"; }
    Counters counters() const override;
    std::vector<HostCode> host_code(const Block& block) const override;
    TranslatorStatistics statistics() const;

private:
    /// Second looks at a misaligned doubleword from one sample to the next.
    static constexpr std::uint64_t looks_per_sample = 256;

    // Stubs, as C++ sees them.
    static const void* on_callout(Context& context, std::uint64_t site) noexcept;
    static const void* on_direct(Context& context, std::uint64_t link) noexcept;
    static const void* on_indirect(Context& context, std::uint64_t rip) noexcept;
    static const void* on_out_of_budget(Context& context, std::uint64_t translation) noexcept;
    static const void* on_not_live(Context& context, std::uint64_t translation) noexcept;
    static const void* on_decline(Context& context, std::uint64_t site) noexcept;
    void leave_to_interpreter(const CalloutSite& site);
    void sample_misaligned(Translation& translation);
    void count_callout(Translation& translation);
    void fill_aperture(Translation& translation);
    void count_row(const Insn& insn);
    void note_x87_before(const CalloutSite& site);
    bool make_live(const LiveUnits& needs);

    bool recover(std::uint64_t& rip, std::uint64_t& rsp, const void* accessed) override;

    void run();
    void enter(const Translation& translation);
    const void* call_out(const CalloutSite& site);
    const void* call_out_timed(const CalloutSite& site);
    /// The translation to go on with at CS:RIP, or nullptr: the dispatcher has to do something first.
    Translation* successor();
    Translation* translation_of(Block& block);
    bool may_enter(const Block& block) const;
    void interpret_from(Block& block);
    bool is_given_up(const Block& block) const;
    bool is_hot(Block& block) const;
    const TranslatorOptions& options_in(std::uint32_t mode) const {
        return mode & mode::observed ? observed_options_ : options_;
    }
    const TranslatorOptions& options() const { return options_in(cpu_.mode); }
    HostCode host_code_of(const Translation& translation) const;
    static View view_of(std::uint32_t mode) {
        return (mode & mode::cpl) == mode::cpl ? user_view : supervisor_view;
    }
    Translation& translate(Block& block);
    void hash_code(const CodePlace& place, const CodeSize& size);
    void flush();

    /// What a context tag is made of.
    struct ContextKey {
        std::uint32_t mode = ~0U, cs_base = 0, cs_limit = 0;
        std::uint64_t fetch_generation = 0;
        bool operator==(const ContextKey&) const = default;
    };
    struct ContextKeyHash {
        std::size_t operator()(const ContextKey& key) const;
    };

    void import_state();
    void export_state();
    ContextKey context_key() const;
    void refresh_context();
    void enter_aperture() const;
    std::uint64_t context_number();

    Cpu& cpu_;
    BlockCache& blocks_;
    TranslatorOptions options_, observed_options_;
    CodeCache cache_;
    Context& context_;
    ReturnStack return_stack_;
    HostAssembler assembler_;
    StateLayout layout_;
    TableLayouts tables_{};
    bool has_apertures_ = false;
    RuntimeCode runtime_;
    CodeSize runtime_size_;
    TranslationStore store_;

    std::uint64_t last_sample_ = 0;          ///< instructions retired by then
    std::uint64_t last_unmapped_ = 0;        ///< likewise
    std::optional<LinearAddress> unmapped_;  ///< where generated code found nothing in the aperture
    ContextKey context_key_;
    std::uint64_t epoch_ = 1;
    bool interpret_next_ = false;  ///< the translation at CS:RIP does not hold for the present MXCSR
    std::unordered_map<ContextKey, std::uint64_t, ContextKeyHash> context_numbers_;

    Counters counters_;
    TranslatorStatistics statistics_;
    std::vector<std::uint64_t> callouts_by_row_, callout_ticks_by_row_;
    TickRate tick_rate_;
    std::optional<ThreadStopwatch> stopwatch_;  ///< if times are measured
    FaultRegistration faults_{*this};
};

}  // namespace calque
