// Memory operands through the soft shadow tables, without touching the flags.
#include "translator/memory_operand.hpp"

namespace calque {
namespace {

namespace x86 = asmjit::x86;

constexpr std::uint8_t absent = 16;
/// Of a table index: the offset's carry, where the page number's 20 bits end.
constexpr unsigned crossing_bit = 20;

bool is_constant(const MemoryReference& reference) {
    return reference.base == absent && reference.index == absent;
}

bool is_base_alone(const MemoryReference& reference) {
    return reference.index == absent && reference.displacement == 0 && reference.mask == 0xffff'ffffU;
}

/// Offset to linear address. The distance from the operand's end to the segment's must not be negative.
void emit_segment(Emission& e, unsigned segment, unsigned size, AccessKind kind) {
    auto& a = e.a;
    const StateLayout& layout = e.settings.layout;
    const std::ptrdiff_t at = layout.segments + layout.segment_size * static_cast<std::ptrdiff_t>(segment);
    a.mov(a.index(), a.in_state(at + (kind == AccessKind::write ? layout.write_end : layout.read_end), 8));
    a.mov(a.count(), a.address());
    a.not_(a.count());
    a.lea(a.count(), x86::ptr(a.count(), a.index(), 0, 1 - static_cast<std::int32_t>(size)));
    a.pext(a.count(), a.count(), a.in_context(a.context().sign_mask));
    a.lea(a.count().r32(), x86::ptr(a.count(), -1));
    e.call_out_if_count_zero();
    a.mov(a.index().r32(), a.in_state(at + layout.base, 4));
    a.lea(a.address().r32(), x86::ptr(a.address(), a.index()));
    e.keep_stubs_in_reach();
}

/// For loads: what waits for them waits for the table entry, not for the check. RCX becomes a mask, bits
/// 12-63 all set if the operand ends within its page, all clear if not; an addend has no other bits.
void emit_check_of_load(HostAssembler& a, const x86::Gp& linear, unsigned size, std::int32_t table) {
    a.pext(a.count(), linear, a.in_context(a.context().offset_mask));
    a.lea(a.count(), x86::ptr(a.count(), static_cast<std::int32_t>(size) - 1 - std::int32_t{page_size}));
    a.shrx(a.index().r32(), linear.r32(), a.tables().r32());
    a.mov(a.index(), x86::ptr(a.tables(), a.index(), 3, table));
    a.pext(a.count(), a.index(), a.count());
}

/// For stores, in fewer steps: an operand that leaves its page gets an index in the table's absent half.
void emit_check_of_store(HostAssembler& a, const x86::Gp& linear, unsigned size, std::int32_t table) {
    a.rorx(a.index().r32(), linear.r32(), page_shift);
    a.lea(a.index(), x86::ptr(a.index(), static_cast<std::int32_t>((size - 1) << crossing_bit)));
    a.pext(a.index(), a.index(), a.in_context(a.context().page_mask));
    a.mov(a.index(), x86::ptr(a.tables(), a.index(), 3, table));
    a.mov(a.count(), a.index());
}

/// At `linear` plus the addend.
void use_looked_up(Emission& e, const x86::Gp& linear) {
    e.call_out_if_count_zero();
    e.keep_stubs_in_reach();
    e.set_operand({.base = linear.id(), .index = e.a.plan().index});
}

/// A doubleword, which most often is aligned: it is looked for among the aligned ones, and then once more.
/// The guest's own instruction finds the addend in RCX.
void emit_aligned_operand(Emission& e, const x86::Gp& linear, AccessKind kind, bool is_own) {
    auto& a = e.a;
    const auto entry = is_own ? a.count() : a.index();
    a.pext(entry.r32(), linear.r32(), a.in_context(a.context().aligned_mask));
    a.mov(entry, x86::ptr(a.tables(), entry, 3, e.settings.tables.aligned_data(kind)));
    if (!is_own) a.mov(a.count(), entry);
    e.look_again_if_count_zero(linear, kind);
    e.keep_stubs_in_reach();
    e.set_operand({.base = linear.id(), .index = entry.id()});
}

bool emit_constant_address(Emission& e, std::uint32_t linear, unsigned size, AccessKind kind) {
    if ((linear & page_mask) + size > page_size) return false;
    auto& a = e.a;
    a.mov(a.address().r32(), linear);
    a.mov(a.index(), x86::ptr(a.tables(), e.settings.tables.data(kind) +
                                              static_cast<std::int32_t>((linear >> page_shift) * 8)));
    a.mov(a.count(), a.index());
    use_looked_up(e, a.address());
    return true;
}

bool emit_checked_address(Emission& e, const MemoryReference& reference, unsigned size, AccessKind kind,
                          bool is_own) {
    if (!e.settings.options.inline_memory || e.in_mode(mode::alignment_check)) return false;
    if (!is_own && e.use_aperture(reference)) return true;
    if (e.use_window(reference, size, kind)) return true;
    const bool flat = mode::is_flat(e.translation.mode, reference.segment);
    if (flat && is_constant(reference))
        return emit_constant_address(e, reference.displacement & reference.mask, size, kind);
    const bool by_base = is_own && flat && is_base_alone(reference);
    const x86::Gp linear = by_base ? e.a.guest(reference.base).r64() : e.a.address();
    if (!by_base) emit_effective_address(e, reference);
    if (!flat) emit_segment(e, reference.segment, size, kind);
    // An aligned operand lies in one page; a misaligned one faults before it is accessed.
    const bool has_to_be_aligned = is_own && (e.row().attributes & attribute::aligned16);
    if (size == 4 && e.translation.assumes.alignment) {
        emit_aligned_operand(e, linear, kind, is_own);
        return true;
    }
    emit_page_check(e.a, linear, has_to_be_aligned ? 1 : size, kind, e.settings.tables.data(kind));
    use_looked_up(e, linear);
    return true;
}

}  // namespace

void emit_page_check(HostAssembler& a, const x86::Gp& linear, unsigned size, AccessKind kind,
                     std::int32_t table) {
    if (size > 1)
        return kind == AccessKind::read ? emit_check_of_load(a, linear, size, table)
                                        : emit_check_of_store(a, linear, size, table);
    a.shrx(a.index().r32(), linear.r32(), a.tables().r32());
    a.mov(a.index(), x86::ptr(a.tables(), a.index(), 3, table));
    a.mov(a.count(), a.index());
}

void emit_effective_address(Emission& e, const MemoryReference& reference) {
    auto& a = e.a;
    const auto displacement = static_cast<std::int32_t>(reference.displacement);
    const auto target = a.address().r32();
    if (is_constant(reference)) {
        a.mov(target, reference.displacement & reference.mask);
        return;
    }
    const bool has_base = reference.base != absent, has_index = reference.index != absent;
    const auto base = has_base ? a.guest(reference.base).r64() : x86::Gp();
    if (!has_index)
        a.lea(target, x86::ptr(base, displacement));
    else if (has_base)
        a.lea(target, x86::ptr(base, a.guest(reference.index).r64(), reference.scale, displacement));
    else
        a.lea(target, x86::ptr(static_cast<std::uint64_t>(static_cast<std::int64_t>(displacement)),
                               a.guest(reference.index).r64(), reference.scale));
    if (reference.mask == 0xffff) a.movzx(target, a.address().r16());
}

bool emit_address(Emission& e, const MemoryReference& reference, unsigned size, AccessKind kind) {
    return emit_checked_address(e, reference, size, kind, false);
}

bool emit_own_address(Emission& e, const MemoryReference& reference, unsigned size, AccessKind kind) {
    return emit_checked_address(e, reference, size, kind, true);
}

unsigned memory_size(const Insn& insn, const Row& row) {
    using enum OperandKind;
    if (row.memory_size) return row.memory_size;
    switch (row.rm) {
        case gpr8: return 1;
        case gpr16: return 2;
        case gpr32: return 4;
        case mm: return 8;
        case xmm: return 16;
        default: return insn.operand_size;
    }
}

AccessKind memory_access(const Row& row) {
    return row.rm_access == Access::read ? AccessKind::read : AccessKind::write;
}

}  // namespace calque
