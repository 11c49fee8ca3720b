// MOVS, STOS and LODS: one element at a time, and repeated in runs that stay within a page.
#include "translator/emitters.hpp"
#include "translator/memory_operand.hpp"

#include <bit>

namespace calque {
namespace {

namespace x86 = asmjit::x86;

enum class StringForm { movs, stos, lods };

/// The opcodes' bit 0 chooses between bytes and the operand size.
unsigned element_size(const Emission& e) { return e.row().opcode & 1 ? e.insn().operand_size : 1; }

MemoryReference source(const Emission& e) {
    return {.segment = e.insn().segment, .base = esi, .mask = e.insn().address_mask};
}
MemoryReference destination(const Emission& e) {
    return {.segment = seg_es, .base = edi, .mask = e.insn().address_mask};
}

x86::Gp sized(const x86::Gp& reg, unsigned size) {
    if (size == 1) return reg.r8();
    if (size == 2) return reg.r16();
    return reg.r32();
}

/// ESI or EDI up or down by an element, as DF says, without touching the flags: `index` is -1 - DF.
void emit_advance(Emission& e, unsigned reg, unsigned size) {
    auto& a = e.a;
    const auto home = a.guest(reg);
    const auto moved = x86::ptr(home.r64(), a.index(), static_cast<std::uint32_t>(std::countr_zero(2 * size)),
                                static_cast<std::int32_t>(3 * size));
    if (e.insn().address_mask == 0xffff)
        a.lea(home.r16(), moved);
    else
        a.lea(home, moved);
}

void emit_direction(Emission& e) {
    auto& a = e.a;
    a.mov(a.index().r32(), a.in_state(e.settings.layout.other_flags, 4));
    a.mov(a.count().r32(), flag::df);
    a.pext(a.index().r32(), a.index().r32(), a.count().r32());
    a.not_(a.index());
}

bool emit_movs(Emission& e, unsigned size) {
    auto& a = e.a;
    if (!emit_address(e, source(e), size, AccessKind::read)) return false;
    if (size == 4)
        a.mov(a.spare().r32(), e.operand(4));
    else
        a.movzx(a.spare().r32(), e.operand(size));
    if (!emit_address(e, destination(e), size, AccessKind::write)) return false;
    a.mov(e.operand(size), sized(a.spare(), size));
    return true;
}

bool emit_element(Emission& e, StringForm form, unsigned size) {
    auto& a = e.a;
    const auto accumulator = sized(a.guest(eax), size);
    switch (form) {
        case StringForm::movs:
            if (!emit_movs(e, size)) return false;
            break;
        case StringForm::stos:
            if (!emit_address(e, destination(e), size, AccessKind::write)) return false;
            a.mov(e.operand(size), accumulator);
            break;
        case StringForm::lods:
            if (!emit_address(e, source(e), size, AccessKind::read)) return false;
            a.mov(accumulator, e.operand(size));
            break;
    }
    emit_direction(e);
    if (form != StringForm::stos) emit_advance(e, esi, size);
    if (form != StringForm::lods) emit_advance(e, edi, size);
    return true;
}

/// REP MOVS and REP STOS, in runs that the host's own instruction does: each within one page on each side,
/// within the segments and within the budget. Everything else calls out, for what is left. Downwards is rare,
/// and its code lies apart.
///
/// None of these instructions touches the flags, so they are put away at the beginning.
class RepeatedString {
public:
    RepeatedString(Emission& emission, StringForm form, unsigned size)
        : e_(emission),
          a(emission.a),
          form_(form),
          size_(size),
          shift_(static_cast<unsigned>(std::countr_zero(size))),
          slow_(a.newLabel()),
          finished_(a.newLabel()) {}

    void emit() {
        const auto down = a.newLabel(), done = a.newLabel(), over = a.newLabel();
        put_flags_away();
        load_count(a.count());
        a.test(a.count().r32(), a.count().r32());
        a.jz(finished_);  // the one that the block has paid for stands
        a.test(a.in_state(e_.settings.layout.other_flags, 4), flag::df);
        a.jnz(down);
        keep_stubs_in_reach();
        runs();
        a.bind(done);
        a.inc(a.budget());  // the block has paid for one already
        a.bind(finished_);
        take_flags_back();
        a.short_().jmp(over);
        a.bind(slow_);
        take_flags_back();
        e_.call_out();
        a.bind(over);
        keep_stubs_in_reach();

        const HostAssembler::Cold cold(a);
        down_ = true;
        a.bind(down);
        runs();
        a.jmp(done);
    }

private:
    void put_flags_away() {
        a.mov(a.address(), x86::rax);
        a.lahf();
        a.seto(x86::al);
        a.mov(a.in_context(a.context().flags), x86::ax);
        a.mov(x86::rax, a.address());
    }
    void take_flags_back() {
        a.mov(a.address(), x86::rax);
        a.movzx(x86::eax, a.in_context(a.context().flags));
        a.add(x86::al, 127);
        a.sahf();
        a.mov(x86::rax, a.address());
    }

    /// Nothing in the part that lies apart leads to a stub.
    void keep_stubs_in_reach() {
        if (!down_) e_.keep_stubs_in_reach();
    }

    bool is_word_address() const { return e_.insn().address_mask == 0xffff; }

    /// ECX or CX, zero-extended.
    void load_count(const x86::Gp& target) {
        if (is_word_address())
            a.movzx(target.r32(), a.guest16(ecx));
        else
            a.mov(target.r32(), a.guest(ecx));
    }

    void runs() {
        const auto again = a.newLabel();
        a.bind(again);
        limit_to_budget();
        if (form_ == StringForm::movs) {
            host_pointer(source(e_), esi, AccessKind::read);
            a.mov(a.spare(), a.address());
        }
        host_pointer(destination(e_), edi, AccessKind::write);
        a.test(a.index().r32(), a.index().r32());
        a.jz(slow_);
        run();
        load_count(a.count());
        a.test(a.count().r32(), a.count().r32());
        a.jnz(again);
    }

    void at_most(const x86::Gp& elements) {
        a.cmp(a.index(), elements);
        a.cmova(a.index(), elements);
    }

    /// `index`: how many elements this run may have.
    void limit_to_budget() {
        load_count(a.index());
        a.lea(a.address().r32(), x86::ptr(a.budget(), e_.settings.options.stride));
        at_most(a.address());
    }

    /// To what lies from offset `count` on in something of `size` bytes, or down from there to its beginning.
    void limit_within(std::uint32_t size) {
        if (down_) {
            a.cmp(a.count().r32(), size - size_);
            a.ja(slow_);
            limit_to_beginning();
        } else {
            a.neg(a.count().r32());
            a.add(a.count().r32(), size);
            a.shr(a.count().r32(), shift_);
            at_most(a.count());
        }
        keep_stubs_in_reach();
    }
    void limit_to_beginning() {
        a.shr(a.count().r32(), shift_);
        a.inc(a.count().r32());
        at_most(a.count());
    }

    /// `address` becomes the host pointer of the operand; `index`, at most the elements that are left of its
    /// page.
    void host_pointer(const MemoryReference& reference, unsigned reg, AccessKind kind) {
        if (is_word_address()) {
            a.movzx(a.address().r32(), a.guest16(reg));
            a.mov(a.count().r32(), a.address().r32());
            limit_within(0x1'0000);  // an offset of 16 bits wraps
        } else {
            a.mov(a.address().r32(), a.guest(reg));
        }
        if (!mode::is_flat(e_.translation.mode, reference.segment)) limit_to_segment(reference.segment, kind);
        keep_stubs_in_reach();
        a.mov(a.count().r32(), a.address().r32());
        a.and_(a.count().r32(), static_cast<std::uint32_t>(page_mask));
        limit_within(page_size);
        a.mov(a.count().r32(), a.address().r32());
        a.shr(a.count().r32(), page_shift);
        const auto& tables = e_.settings.tables;
        const std::int32_t table = kind == AccessKind::write ? tables.write : tables.read;
        a.mov(a.count(), x86::ptr(a.tables(), a.count(), 3, table));
        a.test(a.count(), a.count());
        a.jz(slow_);
        a.lea(a.address(), x86::ptr(a.address(), a.count()));
        keep_stubs_in_reach();
    }

    /// `address` holds the offset and becomes the linear address.
    void limit_to_segment(unsigned segment, AccessKind kind) {
        const StateLayout& layout = e_.settings.layout;
        const std::ptrdiff_t at =
            layout.segments + layout.segment_size * static_cast<std::ptrdiff_t>(segment);
        a.mov(a.count(),
              a.in_state(at + (kind == AccessKind::write ? layout.write_end : layout.read_end), 8));
        a.sub(a.count(), a.address());
        a.jb(slow_);
        a.shr(a.count(), shift_);
        if (down_) {
            a.jz(slow_);
            a.mov(a.count().r32(), a.address().r32());
            limit_to_beginning();
        } else {
            at_most(a.count());
        }
        a.add(a.address().r32(), a.in_state(at + layout.base, 4));
    }

    /// The host's instruction, with `index` elements, from `spare` or the accumulator to `address`.
    void run() {
        if (form_ == StringForm::movs) a.xchg(x86::rsi, a.spare());
        a.xchg(x86::rdi, a.address());
        a.mov(a.count().r32(), a.index().r32());
        if (down_) a.std();
        embed_operation();
        if (down_) {
            a.cld();
            a.neg(a.index());
        }
        if (form_ == StringForm::movs) advance(x86::rsi, a.spare());
        advance(x86::rdi, a.address());
        if (is_word_address())
            count_down(a.guest16(ecx), a.index().r16());
        else
            count_down(a.guest(ecx), a.index().r32());
        count_down(a.budget(), a.index());
        keep_stubs_in_reach();
    }
    void count_down(const x86::Gp& counter, const x86::Gp& moved) {
        if (down_)
            a.add(counter, moved);
        else
            a.sub(counter, moved);
    }

    /// REP MOVS or REP STOS.
    void embed_operation() {
        const unsigned opcode = (form_ == StringForm::stos ? 0xaa : 0xa4) | (size_ > 1);
        if (size_ == 2) a.db(0x66);
        a.db(0xf3);
        a.db(static_cast<std::uint8_t>(opcode));
    }

    /// The guest's pointer, kept in `guest`, comes back to `home` and moves on.
    void advance(const x86::Gp& home, const x86::Gp& guest) {
        const auto moved = x86::ptr(guest, a.index(), shift_);
        if (is_word_address()) {
            a.mov(home, guest);
            a.lea(home.r16(), moved);
        } else {
            a.lea(home.r32(), moved);
        }
    }

    Emission& e_;
    HostAssembler& a;
    StringForm form_;
    unsigned size_, shift_;
    asmjit::Label slow_, finished_;
    bool down_ = false;
};

/// The host's instruction has its pointers in RSI and RDI.
bool pointers_at_home(const Emission& e) {
    return e.a.plan().home[esi] == esi && e.a.plan().home[edi] == edi;
}

bool emit_repeated(Emission& e, StringForm form, unsigned size) {
    if (form == StringForm::lods || !pointers_at_home(e)) return false;
    if (!e.settings.options.inline_memory || e.in_mode(mode::alignment_check)) return false;
    RepeatedString(e, form, size).emit();
    return true;
}

}  // namespace

bool emit_string(Emission& e) {
    e.take_spare();
    const bool repeated = e.insn().prefixes & (prefix::rep | prefix::repne);
    StringForm form;
    switch (e.row().opcode & 0xfeU) {
        case 0xa4: form = StringForm::movs; break;
        case 0xaa: form = StringForm::stos; break;
        case 0xac: form = StringForm::lods; break;
        default: return false;  // the comparisons set flags for each element
    }
    return repeated ? emit_repeated(e, form, element_size(e)) : emit_element(e, form, element_size(e));
}

}  // namespace calque
