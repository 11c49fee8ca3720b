// What is remembered of a translated block beside its code, and close to it.
#pragma once

#include "cpu/block.hpp"
#include "translator/near_pointer.hpp"

#include <cstdint>

namespace calque {

struct Translation;

/// Units whose guest state is in the host's own registers.
struct LiveUnits {
    bool x87 = false, xmm = false;

    bool any() const { return x87 || xmm; }
    bool hold(const LiveUnits& needed) const { return (x87 || !needed.x87) && (xmm || !needed.xmm); }
};

/// What a translation takes for granted of its operands. Where that fails too often, the next does without.
struct Assumptions {
    bool windows = true;    ///< operands near each other lie in one page, see address_windows.hpp
    bool alignment = true;  ///< doublewords are aligned
    bool aperture = true;   ///< the pages of its stack stay mapped
    bool few_callouts = true;
};

/// A direct exit of a translation: a jump that leads to a stub until its target is translated.
struct Link {
    NearPointer<Translation> owner;
    std::uint32_t target_rip = 0;
    NearPointer<const std::uint8_t> branch;    ///< the jump's 32-bit displacement
    NearPointer<const std::uint8_t> unlinked;  ///< the stub
    NearPointer<Translation> target;
    NearPointer<Link> next_incoming;  ///< of the same target
    LiveUnits live;                   ///< whenever control comes here
    bool is_counted = true;           ///< the owner's block alone ran between its entry and here
    bool is_guarded = false;          ///< pages are crossed: a guard stands before the jump

    /// Where minus the expected fetch entry stands.
    const std::uint8_t* guard() const { return branch - guard_to_branch; }
    static constexpr unsigned guard_to_branch = 12;
};

/// A place where the interpreter's handler may run instead of, or because of the lack of, generated code.
struct CalloutSite {
    NearPointer<Translation> owner;
    NearPointer<const std::uint8_t> resume;  ///< the code of the next instruction
    std::uint8_t index = 0;                  ///< of the instruction in its block
};

/// A host instruction that may fault, and the stub that lets the interpreter raise the guest's exception.
struct Recovery {
    const std::uint8_t* faulting = nullptr;
    const std::uint8_t* stub = nullptr;
};

/// Linear facts are burned in, so a block has a translation for each EIP and code segment it is entered with.
struct Translation {
    Block* block = nullptr;  ///< nullptr once nothing leads here any more
    std::uint32_t rip = 0;
    std::uint32_t cs_base = 0;
    std::uint32_t cs_limit = 0;
    std::uint32_t mode = 0;
    Assumptions assumes;             ///< once retired: what its successor may assume
    bool retired = false;            ///< to be translated anew
    bool only_calls_out = false;     ///< for its single instruction
    std::uint8_t declined = 0;       ///< how often a window did not hold
    std::uint8_t misaligned = 0;     ///< how often it was caught at a misaligned doubleword
    std::uint8_t unmapped = 0;       ///< how often a page of the stack was not mapped
    std::uint8_t callouts = 0;       ///< since `counted_from`
    std::uint32_t counted_from = 0;  ///< instructions retired then, the lower half
    std::uint32_t code_size = 0;     ///< bytes from the entry on that run all the time
    std::uint8_t x87_end = 0;  ///< index behind the last instruction that the x87 pointers name; 0: none
    LiveUnits needs;           ///< what its code finds, and leaves, in the host's registers
    NearPointer<const std::uint8_t> entry;
    NearPointer<const std::uint8_t> live_entry;       ///< for who leaves all that this one needs
    NearPointer<const std::uint8_t> unchecked_entry;  ///< and has just looked at the budget
    std::int32_t unchecked = 0;                       ///< instructions that may have run since, at most
    bool leads_on = false;  ///< to unchecked entries, so that `unchecked` is settled
    NearPointer<Link> incoming;
    NearPointer<Translation> next;  ///< of the same block

    std::uint32_t linear() const { return cs_base + rip; }
};

}  // namespace calque
