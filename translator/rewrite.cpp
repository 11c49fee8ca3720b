// The re-encoder (SDM vol. 2A, "Instruction Format").
#include "translator/rewrite.hpp"

namespace calque {
namespace {

bool is_gpr(OperandKind kind) {
    using enum OperandKind;
    return kind == gpr8 || kind == gpr16 || kind == gpr32 || kind == gpr;
}

bool is_prefix(std::uint8_t byte) {
    switch (byte) {
        case 0x26:
        case 0x2e:
        case 0x36:
        case 0x3e:
        case 0x64:
        case 0x65:
        case 0x66:
        case 0x67:
        case 0xf0:
        case 0xf2:
        case 0xf3: return true;
        default: return false;
    }
}

/// Valid in 32-bit code, something else or nothing in 64-bit mode, and not handled here.
bool lost_in_64_bit_mode(const Row& row) {
    if (row.map != OpcodeMap::one_byte) return false;
    switch (row.opcode) {
        case 0x27:
        case 0x2f:
        case 0x37:
        case 0x3f:
        case 0x60:
        case 0x61:
        case 0x62:
        case 0x63:
        case 0xc4:
        case 0xc5:
        case 0xd4:
        case 0xd5:
        case 0xd6: return true;
        default: return false;
    }
}

/// The guest's encoding taken apart.
struct Parts {
    std::uint8_t opcode = 0;
    std::uint8_t modrm = 0;
    std::span<const std::uint8_t> immediate;
};

/// Bytes of SIB and displacement behind a ModRM byte (SDM vol. 2A, "Addressing-Mode Encoding").
std::size_t address_length(std::span<const std::uint8_t> modrm, bool address_32) {
    const unsigned mod = modrm[0] >> 6, rm = modrm[0] & 7U;
    if (mod == 3) return 0;
    if (!address_32) return mod == 1 ? 1 : mod == 2 || rm == 6 ? 2 : 0;
    const bool sib = rm == 4;
    const unsigned base = sib ? modrm[1] & 7U : rm;
    const std::size_t displacement = mod == 1 ? 1 : mod == 2 || base == 5 ? 4 : 0;
    return displacement + sib;
}

Parts take_apart(std::span<const std::uint8_t> guest, const Insn& insn, const Row& row) {
    static constexpr std::array<std::size_t, 4> escape_lengths{0, 1, 2, 2};
    Parts parts;
    std::size_t at = 0;
    while (is_prefix(guest[at])) ++at;
    at += escape_lengths[static_cast<unsigned>(row.map)];
    parts.opcode = guest[at++];
    const bool address_32 = insn.address_mask == 0xffff'ffffU;
    if (!(row.attributes & attribute::no_modrm)) {
        parts.modrm = guest[at];
        at += 1 + address_length(guest.subspan(at), address_32);
    } else if (insn.has_memory()) {
        at += address_32 ? 4 : 2;
    }
    parts.immediate = guest.subspan(at);
    return parts;
}

/// Collects the register fields and what they ask of the REX prefix.
class Fields {
public:
    explicit Fields(const Plan& plan) : plan_(plan) {}

    /// A guest register by number. Its low three bits are the result; `rex_bit` extends them.
    std::uint8_t guest(unsigned number, OperandKind kind, std::uint8_t rex_bit) {
        if (kind == OperandKind::gpr8 && number >= 4) {
            const unsigned home = plan_.home[number - 4];
            high_byte_ = true;
            if (home >= 4) impossible_ = true;
            return static_cast<std::uint8_t>(home + 4);
        }
        const unsigned home = plan_.home[number];
        if (kind == OperandKind::gpr8 && home >= 4) rex_ |= 0x40;
        return host(home, rex_bit);
    }
    std::uint8_t host(unsigned number, std::uint8_t rex_bit) {
        if (number >= 8) rex_ |= static_cast<std::uint8_t>(0x40 | rex_bit);
        return number & 7U;
    }
    std::uint8_t rex() const { return rex_; }
    bool possible() const { return !impossible_ && !(high_byte_ && rex_); }

private:
    const Plan& plan_;
    std::uint8_t rex_ = 0;
    bool high_byte_ = false;
    bool impossible_ = false;
};

constexpr std::uint8_t rex_r = 4, rex_x = 2, rex_b = 1;

void append_prefixes(HostBytes& out, const Insn& insn, const Row& row, const HostOperand& operand) {
    using enum Mandatory;
    if (insn.has_memory() && operand.in_aperture) out.append(0x65);
    if (insn.has_memory() && operand.wraps) out.append(0x67);
    const bool by_size = row.reg == OperandKind::gpr || row.rm == OperandKind::gpr;
    const bool general = row.mandatory == ignored || row.mandatory == not_repeated ||
                         ((row.mandatory == pf2 || row.mandatory == pf3) && by_size);
    if (row.mandatory == p66 || (general && insn.operand_size == 2)) out.append(0x66);
    if (row.mandatory == pf2) out.append(0xf2);
    if (row.mandatory == pf3) out.append(0xf3);
}

void append_opcode(HostBytes& out, const Row& row, std::uint8_t rex, unsigned opcode) {
    if (rex) out.append(rex);
    if (row.map != OpcodeMap::one_byte) out.append(0x0f);
    if (row.map == OpcodeMap::map_0f38) out.append(0x38);
    if (row.map == OpcodeMap::map_0f3a) out.append(0x3a);
    out.append(static_cast<std::uint8_t>(opcode));
}

/// ModRM, SIB and displacement, once the REX prefix is known.
struct Tail {
    HostBytes bytes;

    void memory(unsigned reg, const HostOperand& operand, Fields& fields) {
        const unsigned base = fields.host(operand.base, rex_b), index = fields.host(operand.index, rex_x);
        const bool sib = operand.index != HostOperand::no_index || base == 4;
        const bool short_form = operand.displacement == static_cast<std::int8_t>(operand.displacement);
        const unsigned mod = operand.displacement == 0 && base != 5 ? 0 : short_form ? 1 : 2;
        bytes.append(static_cast<std::uint8_t>(mod << 6 | reg << 3 | (sib ? 4 : base)));
        if (sib) bytes.append(static_cast<std::uint8_t>(operand.scale << 6 | index << 3 | base));
        for (unsigned i = 0; i < (mod == 2 ? 4U : mod); ++i)
            bytes.append(
                static_cast<std::uint8_t>(static_cast<std::uint32_t>(operand.displacement) >> 8 * i));
    }
    void registers(unsigned reg, unsigned rm) {
        bytes.append(static_cast<std::uint8_t>(0xc0 | reg << 3 | rm));
    }
};

Tail modrm_tail(const Insn& insn, const Row& row, const HostOperand& operand, std::uint8_t modrm,
                Fields& fields) {
    Tail tail;
    unsigned reg = modrm >> 3 & 7U, rm = modrm & 7U;
    if (is_gpr(row.reg)) reg = fields.guest(reg, row.reg, rex_r);
    if (insn.has_memory()) {
        tail.memory(reg, operand, fields);
    } else {
        if (is_gpr(row.rm)) rm = fields.guest(rm, row.rm, rex_b);
        tail.registers(reg, rm);
    }
    return tail;
}

void append(HostBytes& out, const HostBytes& more) {
    for (const std::uint8_t byte : more.view()) out.append(byte);
}

/// MOV between the accumulator and a direct offset has a ModRM form: 8A, 8B, 88, 89.
void rewrite_offset_move(HostBytes& out, const Row& row, const HostOperand& operand, Fields& fields) {
    static constexpr std::array<std::uint8_t, 4> opcodes{0x8a, 0x8b, 0x88, 0x89};
    Tail tail;
    tail.memory(fields.guest(0, row.rm, rex_r), operand, fields);
    append_opcode(out, row, fields.rex(), opcodes[row.opcode & 3U]);
    append(out, tail.bytes);
}

/// 40-4F are REX prefixes in 64-bit mode; FF /0 and FF /1 are INC and DEC as well.
void rewrite_short_increment(HostBytes& out, const Row& row, std::uint8_t rm, std::uint8_t rex) {
    const unsigned digit = row.opcode == 0x48 ? 1 : 0;
    append_opcode(out, row, rex, 0xff);
    out.append(static_cast<std::uint8_t>(0xc0 | digit << 3 | rm));
}

void rewrite_opcode_register(HostBytes& out, const Row& row, std::uint8_t opcode, Fields& fields) {
    const std::uint8_t rm = fields.guest(opcode & 7U, row.rm, rex_b);
    const bool increment = row.map == OpcodeMap::one_byte && (row.opcode & 0xf0) == 0x40;
    if (increment) return rewrite_short_increment(out, row, rm, fields.rex());
    append_opcode(out, row, fields.rex(), row.opcode | rm);
}

}  // namespace

bool is_fldcw(const Row& row) {
    return row.map == OpcodeMap::one_byte && row.opcode == 0xd9 && row.digit == 5 && row.mod == Mod::memory;
}

bool uses_ecx_implicitly(const Row& row) {
    if (row.map == OpcodeMap::one_byte) return row.opcode == 0xd2 || row.opcode == 0xd3;  // shifts by CL
    if (row.map == OpcodeMap::map_0f3a) return row.opcode == 0x61 || row.opcode == 0x63;  // PCMPxSTRI
    const bool double_shift = row.opcode == 0xa5 || row.opcode == 0xad;
    return row.map == OpcodeMap::map_0f && (double_shift || row.opcode == 0xc7);  // CMPXCHG8B
}

std::optional<HostBytes> rewrite(std::span<const std::uint8_t> guest, const Insn& insn, const Row& row,
                                 const Plan& plan, const HostOperand& operand) {
    if (lost_in_64_bit_mode(row)) return std::nullopt;
    const Parts parts = take_apart(guest, insn, row);
    Fields fields(plan);
    HostBytes out;
    append_prefixes(out, insn, row, operand);
    if (!(row.attributes & attribute::no_modrm)) {
        const Tail tail = modrm_tail(insn, row, operand, parts.modrm, fields);
        const bool alias = row.map == OpcodeMap::one_byte && parts.opcode == 0x82;
        append_opcode(out, row, fields.rex(), alias ? 0x80U : parts.opcode);
        append(out, tail.bytes);
    } else if (insn.has_memory()) {
        rewrite_offset_move(out, row, operand, fields);
    } else if (row.attributes & attribute::register_in_opcode) {
        rewrite_opcode_register(out, row, parts.opcode, fields);
    } else {
        append_opcode(out, row, fields.rex(), parts.opcode);
    }
    if (!fields.possible()) return std::nullopt;
    for (const std::uint8_t byte : parts.immediate) out.append(byte);
    return out;
}

}  // namespace calque
