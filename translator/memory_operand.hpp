// The border for memory operands: whatever emits an access asks here for its host address.
#pragma once

#include "translator/emission.hpp"

namespace calque {

/// Emits code after which Emission::operand() is the guest's `size` bytes at `reference`; all guest
/// registers and flags are as before. If the access is not one to plain memory that is allowed, within its
/// segment and within one page, the code calls out for the whole instruction instead.
///
/// Clobbers `address`, `index` and RCX; `spare` unless it is taken. False: nothing was emitted.
bool emit_address(Emission& e, const MemoryReference& reference, unsigned size, AccessKind kind);
/// The same for an operand that the guest's instruction itself will access: until then its base register
/// keeps its value, and a host fault that it raises is expected.
bool emit_own_address(Emission& e, const MemoryReference& reference, unsigned size, AccessKind kind);

/// Of `size` bytes at the linear address in `linear`, RCX excluded: `index` becomes the page's addend, RCX
/// zero if they are not plain memory within one page. `table`: its distance, as TableLayout has it.
void emit_page_check(HostAssembler& a, const asmjit::x86::Gp& linear, unsigned size, AccessKind kind,
                     std::int32_t table);

/// Emits code after which `address` holds the effective address, zero-extended.
void emit_effective_address(Emission& e, const MemoryReference& reference);

/// Bytes of the instruction's memory operand, and what is done to it.
unsigned memory_size(const Insn& insn, const Row& row);
AccessKind memory_access(const Row& row);

}  // namespace calque
