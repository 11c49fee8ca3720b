// One block on its way to a translation: what the emitters of all instruction groups work with.
#pragma once

#include "cpu/block.hpp"
#include "cpu/instruction_table.hpp"
#include "mmu/mmu.hpp"
#include "translator/address_windows.hpp"
#include "translator/host_assembler.hpp"
#include "translator/options.hpp"
#include "translator/rewrite.hpp"
#include "translator/runtime_code.hpp"
#include "translator/translation.hpp"

#include <cstdint>
#include <memory_resource>
#include <span>
#include <utility>
#include <vector>

namespace calque {

/// A memory operand as the guest wrote it.
struct MemoryReference {
    std::uint8_t segment = 0, base = 16, index = 16, scale = 0;
    std::uint32_t displacement = 0;
    std::uint32_t mask = 0xffff'ffffU;  ///< of the effective address

    static MemoryReference of(const Insn& insn) {
        return {insn.segment, insn.base, insn.index, insn.scale, insn.displacement, insn.address_mask};
    }
    AddressRegisters registers() const { return {base, index, scale}; }
};

/// What does not change from block to block.
struct EmissionSettings {
    const TranslatorOptions& options;
    const RuntimeCode& runtime;
    const StateLayout& layout;
    const TableLayout& tables;
    View view;
};

class Emission {
public:
    Emission(HostAssembler& assembler, const EmissionSettings& emission_settings, Translation& unit,
             std::pmr::memory_resource& memory);

    HostAssembler& a;
    const EmissionSettings& settings;
    Translation& translation;

    // --- The instruction at hand

    void start(std::uint8_t index);
    void finish();
    const Insn& insn() const { return translation.block->insns[index_]; }
    const Row& row() const { return row_of(insn()); }
    std::span<const std::uint8_t> bytes() const {
        return {translation.block->bytes() + insn().offset, insn().length};
    }
    bool in_mode(std::uint32_t bits) const { return translation.mode & bits; }
    std::uint32_t next_rip() const { return translation.rip + insn().offset + insn().length; }

    // --- Ways out

    /// The interpreter's handler runs instead of code for this instruction.
    void call_out();
    /// JRCXZ to a stub that calls out for this instruction.
    void call_out_if_count_zero();
    /// The same where a doubleword at `linear` was looked for among the aligned: a misaligned one that lies
    /// within its page gets what an aligned one would have, the page's addend in RCX and `index`.
    void look_again_if_count_zero(const asmjit::x86::Gp& linear, AccessKind kind);
    /// The host instruction emitted next may fault: then this instruction is called out.
    void expect_fault();

    // --- Memory operands

    /// The operand that was made out last, of `size` bytes, for the host instruction that is emitted next.
    HostAssembler::Mem operand(unsigned size);
    /// The same without its segment, for LEA.
    HostAssembler::Mem operand_address() const;
    const HostOperand& host_operand() const { return operand_; }
    void set_operand(const HostOperand& operand) { operand_ = operand; }
    /// Makes out the operand in the aperture. It is accessed in place: until then its registers keep their
    /// values. False: it is not one for the aperture.
    bool use_aperture(const MemoryReference& reference);
    /// The same for what is on the stack by whatever register.
    bool use_stack_aperture(const MemoryReference& reference);
    /// Whether the operand, made out a second time, takes no code and no register: in the aperture, or in a
    /// window.
    bool stays_made_out(const MemoryReference& reference, unsigned size, AccessKind kind) const;
    /// Makes out the operand by a window, whose host pointer `spare` holds. False: it lies in none.
    bool use_window(const MemoryReference& reference, unsigned size, AccessKind kind);
    /// Until the instruction's end `spare` is for its emitter; no window is.
    void take_spare();

    /// Leads to the translation of `rip`: a jump that can be patched, a conditional one, a call.
    void jump(std::uint32_t rip);
    /// The same where a callee comes back to: it may have let go of what this block needs.
    void jump_behind_return(std::uint32_t rip);
    void jump_if(unsigned condition, std::uint32_t rip);
    void call(std::uint32_t rip);

    // --- Block level

    void begin_block();
    /// Emits stubs. Then the code is written by write().
    void end_block();
    void write(const WritablePlace& destination);
    /// How much of the hot part lies before the entry.
    std::size_t entry_offset() const { return a.code()->labelOffset(entry_); }
    /// After write(): where host faults may come from.
    const std::vector<Recovery>& recoveries() const { return recoveries_; }

    /// Call between host instructions, about every 50 bytes: keeps stubs within JRCXZ's reach.
    void keep_stubs_in_reach();

private:
    using Label = asmjit::Label;

    /// A stub that JRCXZ leads to, by way of a slot before the entry where one is in reach.
    struct Exit {
        Label stub;
        std::size_t slot = no_slot;
    };
    struct SlowStub {
        Exit exit;
        Label resume;
        std::uint8_t index = 0;
        /// What `spare` has to point at again before the hot code goes on, and the values it is found by.
        const AddressWindow* window = nullptr;
        std::uint8_t values_at = 0;
    };
    /// For an operand that is not found among the aligned ones: to `retry` with its addend, or to the slow
    /// stub.
    struct SecondLook {
        Exit exit;
        Label retry;
        std::uint8_t index = 0;
        AccessKind kind = AccessKind::read;
        unsigned linear = 0;  ///< host register
    };
    /// A jump placed before the entry, and what it leads to.
    struct Slot {
        Label near, stub;
    };
    Slot new_slot();
    struct Hop {
        Label near, stub;
        std::size_t from = 0;
    };
    struct PendingLink {
        Link* link = nullptr;
        Label stub;
        Label guard;             ///< bound if pages are crossed
        std::size_t branch = 0;  ///< offset of the displacement
    };

    static constexpr std::size_t no_slot = ~std::size_t{0};

    CalloutSite* new_site(std::uint8_t index, const Label& resume);
    SlowStub& slow_stub();
    bool reaches(std::size_t slot) const;
    void leave_if_count_zero(Exit& exit);
    void bind_exit(const Exit& exit);
    void emit_second_looks(const SlowStub& stub);
    void emit_stub(const Label& stub, const void* about, const void* code);
    void emit_slow_stubs();
    void emit_links();
    const PendingLink& new_link(std::uint32_t rip);
    bool crosses_page(std::uint32_t rip) const;
    void emit_guard(PendingLink& pending);
    void emit_hops();
    bool is_in_aperture(const MemoryReference& reference) const;
    const AddressWindow* find_window(const MemoryReference& reference, unsigned size, AccessKind kind) const;
    void emit_window_check(const AddressWindow& window, std::uint8_t values_at,
                           const AddressRegisters& registers);
    void emit_window_pointer();
    void emit_return_to_window(const SlowStub& stub);
    void find_needs();
    void emit_x87_pointers();
    void emit_budget_check(const Label& spent);

    std::pmr::memory_resource& memory_;
    std::uint8_t index_ = 0;
    bool spare_taken_ = false;
    HostOperand operand_;
    AddressWindows windows_;
    const AddressWindow* window_ = nullptr;  ///< what `spare` points at
    std::vector<SlowStub> slow_;
    std::vector<SecondLook> second_looks_;
    std::vector<Hop> hops_;
    std::vector<PendingLink> links_;
    std::vector<std::pair<CalloutSite*, Label>> sites_;
    std::vector<std::pair<std::size_t, Label>> faults_;
    std::vector<Recovery> recoveries_;
    std::vector<Slot> slots_;
    std::size_t slots_used_ = 0;
    Label entry_, live_entry_, unchecked_entry_;
    bool repeats_ = false;  ///< instructions of the block may be executed more often than it paid for
};

}  // namespace calque
