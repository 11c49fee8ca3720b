// What generated code and the C++ around it share, at an address generated code reaches relative to RIP.
#pragma once

#include <cstdint>

namespace calque {

class Translator;
struct Context;

/// What C++ functions answer stubs: where generated code goes on, or nullptr to leave to the dispatcher.
using StubFunction = const void* (*)(Context&, std::uint64_t argument);

struct StubFunctions {
    StubFunction callout, direct, indirect, out_of_budget, not_live, decline;
};

/// One entry of the table that indirect jumps probe. `negated_key` is minus (context tag << 32 | EIP): an
/// addition compares it without touching the flags. 0 matches nothing.
struct JumpEntry {
    std::uint64_t negated_key = 0;
    const void* host = nullptr;
};

struct Context {
    static constexpr unsigned jump_bits = 16;
    static constexpr unsigned jump_count = 1U << jump_bits;

    Translator* translator = nullptr;
    const void* state = nullptr;  ///< the CpuState
    StubFunctions functions{};
    std::uint64_t host_rsp = 0;    ///< the C++ stack while generated code runs
    std::uint64_t return_rsp = 0;  ///< the return stack while C++ runs
    std::uint64_t return_bottom = 0;
    std::uint64_t budget = 0;        ///< as the plan's budget register has it
    std::uint64_t tables = 0;        ///< as the plan's table register has it
    std::uint64_t tag = 0;           ///< context tag << 32, of mode, code segment and mappings
    std::uint64_t argument = 0;      ///< what a stub is about
    const void* target = nullptr;    ///< where to enter generated code
    std::uint64_t offset_mask = 0;   ///< PEXT: the offset within a page
    std::uint64_t page_mask = 0;     ///< PEXT: the page number, and the carry out of the offset
    std::uint64_t sign_mask = 0;     ///< PEXT: bit 63
    std::uint64_t x87_masks = 0;     ///< PEXT: the exception masks of a control word
    std::uint64_t looks_left = 0;    ///< at misaligned doublewords until the next is a callout
    std::uint32_t aligned_mask = 0;  ///< PEXT: the page number, and the bits that alignment to 4 leaves zero
    std::uint32_t default_mxcsr = 0x1f80;
    std::uint16_t flags = 0;  ///< AX after LAHF and SETO AL
    bool xmm_live = false;    ///< XMM0-7 and MXCSR are the guest's
    alignas(64) JumpEntry jumps[jump_count];
};

}  // namespace calque
