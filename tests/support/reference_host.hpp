// The processors whose behaviour the engines have where the manuals leave it open.
#pragma once

namespace calque::test {

/// Whether the host's processor is one of AMD's: what is undefined or depends on the model was measured on
/// those (which of two operands faults first, FOP, TOP after an MMX store that faulted, x87 operands that are
/// no numbers). Others differ in a few programs of a thousand.
inline bool is_reference_host() {
#if defined(__x86_64__)
    return __builtin_cpu_is("amd");
#else
    return false;
#endif
}

}  // namespace calque::test
