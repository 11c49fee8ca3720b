// The code that all translations share: ways between generated code and C++, and the probe of indirect jumps.
#pragma once

#include "cpu/cpu.hpp"
#include "translator/code_cache.hpp"
#include "translator/host_assembler.hpp"

#include <cstddef>
#include <cstdint>

namespace calque {

/// Distances of the processor's fields from its CpuState.
struct StateLayout {
    explicit StateLayout(const Cpu& cpu);
    static constexpr std::ptrdiff_t gpr(unsigned number) { return std::ptrdiff_t{8} * number; }
    std::ptrdiff_t segments = 0, base = 0, read_end = 0, write_end = 0, selector = 0;
    std::ptrdiff_t segment_size = 0;
    std::ptrdiff_t xmm = 0, mxcsr = 0, other_flags = 0;
    std::ptrdiff_t fpu_live = 0, fcw = 0, fop = 0;
    std::ptrdiff_t interrupt_line = 0, nmi_pending = 0;
};

/// Distances of the other shadow tables from the plan's `tables` register, for one view.
struct TableLayout {
    std::int32_t read = 0, write = 0, fetch = 0;
    std::int32_t aligned_read = 0, aligned_write = 0;

    std::int32_t data(AccessKind kind) const { return kind == AccessKind::write ? write : read; }
    std::int32_t aligned_data(AccessKind kind) const {
        return kind == AccessKind::write ? aligned_write : aligned_read;
    }
};
using TableLayouts = std::array<TableLayout, view_count>;

/// Emitted once at the beginning of the cache.
struct RuntimeCode {
    void (*enter)(const void* host) = nullptr;
    // Jumped to with the plan's `spare` saying what the stub is about; all other guest state in its homes.
    const void* callout = nullptr;         ///< spare: CalloutSite
    const void* direct = nullptr;          ///< spare: Link
    const void* out_of_budget = nullptr;   ///< spare: Translation
    const void* decline = nullptr;         ///< spare: CalloutSite; the interpreter goes on there
    const void* probe = nullptr;           ///< `address`: EIP, zero-extended
    const void* bottom_landing = nullptr;  ///< the same, from an empty return stack
    const void* not_live = nullptr;        ///< spare: Translation; goes on behind its check
    /// Called with the linear address of a doubleword in `address`: emit_page_check()'s answer, in RCX and
    /// `index`.
    std::array<std::array<const void*, 2>, view_count> second_look{};  ///< by view and AccessKind
};

/// The context tells where functions and state are: no code holds an address of its own process, so that code
/// of two processes can be compared.
RuntimeCode emit_runtime_code(HostAssembler& a, CodeCache& cache, const StateLayout& layout,
                              const TableLayouts& tables);

}  // namespace calque
