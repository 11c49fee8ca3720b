// Which emitter takes an instruction.
#include "cpu/decoder.hpp"
#include "cpu/host_features.hpp"
#include "translator/emitters.hpp"
#include "translator/memory_operand.hpp"
#include "translator/rewrite.hpp"

namespace calque {
namespace {

bool is_lea(const Row& row) { return row.map == OpcodeMap::one_byte && row.opcode == 0x8d; }

bool is_divide(const Row& row) {
    return row.map == OpcodeMap::one_byte && (row.opcode == 0xf6 || row.opcode == 0xf7) && row.digit >= 6;
}

/// CMPXCHG8B has EBX as an implicit operand; EAX and EDX are at home in any plan, ECX is staged.
bool needs_ebx(const Row& row) { return row.map == OpcodeMap::map_0f && row.opcode == 0xc7; }

void emit_lea(Emission& e) {
    auto& a = e.a;
    emit_effective_address(e, MemoryReference::of(e.insn()));
    const unsigned reg = e.insn().modrm_reg();
    if (e.insn().operand_size == 4)
        a.mov(a.guest(reg), a.address().r32());
    else
        a.mov(a.guest16(reg), a.address().r16());
}

/// An x87 instruction may have to wait for an exception if one is unmasked.
bool may_have_to_wait(const Emission& e) {
    return (e.row().attributes & (attribute::x87 | attribute::mmx)) && e.in_mode(mode::unmasked_x87);
}

/// Division by zero and overflow; operands that have to be aligned, or are where nothing is mapped.
bool may_fault(const Emission& e) {
    const Row& row = e.row();
    if (is_divide(row)) return true;
    if (!e.insn().has_memory()) return false;
    return (row.attributes & attribute::aligned16) || e.host_operand().in_aperture;
}

/// The instruction's bytes, and what has to surround them.
struct Encoding {
    enum class Kind : std::uint8_t {
        direct,    ///< the operand as made out
        folded,    ///< [RCX]: a base without a REX prefix, which AH, BH, CH and DH exclude
        staged,    ///< ECX in RCX, [address + index]
        borrowed,  ///< ECX in RCX, [RDI]
    };
    Kind kind;
    HostBytes code;
};

constexpr unsigned borrowed_base = 7;

/// The operand once RCX, where it may have its index, is needed for ECX.
HostOperand without_count(const Plan& plan, HostOperand operand) {
    if (operand.index == host_rcx) operand.index = plan.index;
    return operand;
}

/// The cheapest way that there is.
std::optional<Encoding> encode(const Emission& e) {
    using Kind = Encoding::Kind;
    const Plan& plan = e.a.plan();
    const auto by = [&](Kind kind, const Plan& with, const HostOperand& operand) -> std::optional<Encoding> {
        if (auto code = rewrite(e.bytes(), e.insn(), e.row(), with, operand)) return Encoding{kind, *code};
        return std::nullopt;
    };
    const HostOperand& memory = e.host_operand();
    if (!uses_ecx_implicitly(e.row())) {
        if (auto found = by(Kind::direct, plan, memory)) return found;
        const HostOperand folded{.base = host_rcx, .in_aperture = memory.in_aperture};
        if (e.insn().has_memory())
            if (auto found = by(Kind::folded, plan, folded)) return found;
    }
    if (auto found = by(Kind::staged, staged(plan), without_count(plan, memory))) return found;
    if (memory.in_aperture) return std::nullopt;  // a fault would find RDI borrowed
    return by(Kind::borrowed, staged(plan), {.base = borrowed_base});
}

void embed(Emission& e, const HostBytes& code) {
    if (may_fault(e)) e.expect_fault();
    e.a.embed(code.bytes.data(), code.size);
}

void embed_staged(Emission& e, const HostBytes& code) {
    auto& a = e.a;
    a.mov(a.count().r32(), a.guest(ecx));
    embed(e, code);
    a.mov(a.guest(ecx), a.count().r32());
}

void embed_with_borrowed_base(Emission& e, const HostBytes& code) {
    auto& a = e.a;
    const auto borrowed = asmjit::x86::gpq(borrowed_base);
    a.mov(a.index(), borrowed);
    a.mov(borrowed, a.address());
    embed_staged(e, code);
    a.mov(borrowed, a.index());
}

/// In the aperture it is the linear address, of 32 bits.
void emit_operand_address(Emission& e, const asmjit::x86::Gp& to) {
    e.a.lea(e.host_operand().in_aperture ? asmjit::x86::Gp(to.r32()) : to, e.operand_address());
}

void embed_with_operand(Emission& e, const Encoding& encoding) {
    using Kind = Encoding::Kind;
    auto& a = e.a;
    switch (encoding.kind) {
        case Kind::direct: return embed(e, encoding.code);
        case Kind::folded: emit_operand_address(e, a.count()); return embed(e, encoding.code);
        case Kind::staged:
            if (e.host_operand().index == host_rcx) a.mov(a.index(), a.count());
            return embed_staged(e, encoding.code);
        case Kind::borrowed:
            emit_operand_address(e, a.address());
            return embed_with_borrowed_base(e, encoding.code);
    }
}

bool emit_with_aperture(Emission& e) {
    if (!e.use_aperture(MemoryReference::of(e.insn()))) return false;
    const auto encoding = encode(e);
    if (encoding) embed_with_operand(e, *encoding);
    return encoding.has_value();
}

bool emit_with_memory(Emission& e) {
    const Row& row = e.row();
    if (may_have_to_wait(e)) return false;
    if (emit_with_aperture(e)) return true;
    if (!emit_own_address(e, MemoryReference::of(e.insn()), memory_size(e.insn(), row), memory_access(row)))
        return false;
    const auto encoding = encode(e);
    if (!encoding) return false;
    embed_with_operand(e, *encoding);
    return true;
}

bool emit_with_registers(Emission& e) {
    const auto encoding = encode(e);
    if (!encoding || may_have_to_wait(e)) return false;
    if (encoding->kind == Encoding::Kind::direct)
        embed(e, encoding->code);
    else
        embed_staged(e, encoding->code);
    return true;
}

/// By the switches with which the emitters are measured.
bool is_switched_off(const Emission& e) {
    constexpr std::uint16_t units = attribute::x87 | attribute::mmx | attribute::sse;
    const TranslatorOptions& options = e.settings.options;
    const Row& row = e.row();
    if (!options.host_units && (row.attributes & units)) return true;
    if (!options.inline_strings && row.cls == InstructionClass::string) return true;
    return !options.inline_sensitive && row.sensitivity.sensitive();
}

}  // namespace

bool emit_innocuous(Emission& e) {
    const Row& row = e.row();
    if (row.attributes & attribute::own_address) return false;
    if (needs_ebx(row) && e.a.plan().home[ebx] != ebx) return false;
    if (is_lea(row)) {
        emit_lea(e);
        return true;
    }
    if (!e.insn().has_memory()) return emit_with_registers(e);
    return row.rm_access == Access::none || emit_with_memory(e);  // no access: a hint
}

bool emit_instruction(Emission& e) {
    using enum InstructionClass;
    const bool allowed = is_allowed(e.insn(), e.translation.mode);
    if (allowed && (e.row().attributes & attribute::no_effect)) return false;
    if (allowed && host_has(e.row().features) && !is_switched_off(e)) {
        const InstructionClass cls = e.row().cls;
        if (cls == control_transfer && emit_control_transfer(e)) return true;
        if (cls == innocuous && emit_innocuous(e)) return false;
        if (cls == stack && emit_stack(e)) return false;
        if (cls == string && emit_string(e)) return false;
        if (cls == emulated && (emit_flag_control(e) || emit_segment_register(e) || emit_x87_control(e)))
            return false;
    }
    e.call_out();
    return false;
}

}  // namespace calque
