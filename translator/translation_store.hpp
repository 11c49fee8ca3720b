// All translations, and the links among them.
#pragma once

#include "cpu/state.hpp"
#include "translator/code_cache.hpp"
#include "translator/translation.hpp"

#include <cstdint>
#include <memory_resource>
#include <vector>

namespace calque {

/// Translations live until the whole cache is flushed; those of changed code are cut off before.
class TranslationStore {
public:
    explicit TranslationStore(CodeCache& cache) : cache_(cache) {}

    Translation& add(Block& block, const CpuState& state, std::uint32_t mode);
    /// For what belongs to translations: freed with them.
    std::pmr::memory_resource& memory() { return memory_; }

    /// The block's translation for this EIP and code segment, or nullptr.
    static Translation* find(Block& block, const CpuState& state);

    /// What a translation for this EIP and code segment may assume.
    static Assumptions assumptions(const Block& block, const CpuState& state);

    /// Makes the exit go straight to `target`. However links lead on, no more than `stride` instructions are
    /// executed from one look at the budget to the next.
    void connect(Link& link, Translation& target, std::int32_t stride);
    /// The block's bytes changed: nothing may reach its translations any more.
    void drop(Block& block);
    /// Nothing may reach this translation any more; the next of its key does without what failed.
    void retire(Translation& translation, bool Assumptions::*failed);
    /// Forgets all translations.
    void clear();

    /// Where code goes on after a host fault at `faulting`, or nullptr.
    void add_recoveries(const std::vector<Recovery>& recoveries);
    const std::uint8_t* recovery_of(const std::uint8_t* faulting) const;

    /// Entries for the probe of indirect jumps.
    void note_jump(const Translation& target);

private:
    void limit_number(Block& block);
    void abandon(Translation& translation);
    void cut_off(Translation& translation);
    void disconnect(Link& link);
    void forget_jump(const Translation& target);

    CodeCache& cache_;
    std::pmr::monotonic_buffer_resource memory_{cache_.records().data(), cache_.records().size(),
                                                std::pmr::null_memory_resource()};
    std::vector<Translation*> all_;
    std::vector<Recovery> recoveries_;  ///< in the order of their addresses, which is that of translating
};

}  // namespace calque
