// What the translator counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace calque {

struct TranslatorStatistics {
    std::uint64_t translations = 0;                                         ///< blocks translated
    std::uint64_t instructions = 0;                                         ///< guest instructions in them
    std::uint64_t guest_bytes = 0;                                          ///< of their code
    std::uint64_t code_bytes = 0;                                           ///< host code emitted for them
    std::uint64_t cold_bytes = 0;                                           ///< of it, what seldom runs
    std::uint64_t code_hash = 0;                                            ///< of its bytes, if hashed
    std::uint64_t flushes = 0;                                              ///< of the whole cache
    std::uint64_t links = 0;                                                ///< exits connected
    std::uint64_t direct_exits = 0, indirect_misses = 0, budget_exits = 0;  ///< entries of C++ by kind
    std::uint64_t declined = 0;                                             ///< windows that did not hold
    std::uint64_t misaligned_samples = 0;                                   ///< of misaligned doublewords
    std::uint64_t unmapped = 0;                                             ///< pages missing in an aperture
    std::uint64_t given_up = 0;    ///< translations that called out too often
    std::uint64_t recoveries = 0;  ///< host faults that became guest exceptions or resets
    double seconds = 0;            ///< spent translating: wall time or, measured exactly, processor time

    struct Callouts {
        std::string name;
        const char* sensitivity = "";  ///< class_name()
        std::uint64_t count = 0;
        double seconds = 0;  ///< in C++, if they are timed
    };
    std::vector<Callouts> called_out;  ///< by mnemonic and class, the most frequent first
};

}  // namespace calque
