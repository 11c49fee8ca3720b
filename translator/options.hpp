// Switches of the translator, one an optimisation, so that each can be measured and tested alone.
#pragma once

#include <cstddef>
#include <cstdint>

namespace calque {

struct TranslatorOptions {
    std::uint32_t translate_after = 16;  ///< interpreted executions of a block before it is translated
    std::size_t cache_size = 48U << 20;  ///< bytes of generated code
    std::int32_t stride = 128;           ///< instructions from one look at the budget to the next, at most
    bool chaining = true;                ///< direct successors are patched jumps
    bool jump_table = true;              ///< indirect jumps probe a table before C++ is entered
    bool return_stack = true;            ///< a guest CALL is a host CALL, a guest RET a host RET
    bool inline_memory = true;           ///< memory operands through the shadow tables; off: callouts
    bool address_windows = true;         ///< operands near each other share a check
    bool aligned_lookup = true;          ///< aligned doublewords are found without a check of the page's end
    bool stack_aperture = true;          ///< operands on the stack go straight through the host's MMU
    bool give_up = true;                 ///< what calls out again and again is interpreted
    bool inline_sensitive = true;        ///< CLI, STI, PUSHF in generated code
    bool inline_strings = true;          ///< MOVS, STOS, LODS in generated code
    bool host_units = true;              ///< x87, MMX and SSE in the host's own units; off: callouts
    bool measure_times = false;          ///< of each callout and, exactly, of each translation
    bool hash_code = false;              ///< of all code as it is emitted
    bool permuted_plan = false;          ///< the test plan

    /// The same for mode::observed: each instruction is translated at once and left by way of C++, and memory
    /// operands are called out.
    TranslatorOptions for_observation() const {
        TranslatorOptions options = *this;
        options.translate_after = 0;
        options.stride = 1;
        options.chaining = options.jump_table = options.return_stack = false;
        options.inline_memory = options.address_windows = options.give_up = false;
        return options;
    }
};

}  // namespace calque
