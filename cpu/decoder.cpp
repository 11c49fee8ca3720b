// One instruction: Zydis finds the fields, the instruction table gives them a meaning.
#include "cpu/decoder.hpp"

#include "cpu/handler.hpp"
#include "cpu/instruction_table.hpp"

#include <Zydis/Zydis.h>

#include <algorithm>
#include <array>

namespace calque {
namespace {

bool undefined_opcode(Cpu& cpu, const Insn&) { return cpu.raise(Vector::ud); }
bool device_not_available(Cpu& cpu, const Insn&) { return cpu.raise(Vector::nm); }
bool too_long(Cpu& cpu, const Insn&) { return cpu.raise(Vector::gp, 0); }

/// Minimal mode: the physical encoding only; the meaning comes from our own table.
struct Decoders {
    ZydisDecoder code16, code32;
    Decoders() {
        ZydisDecoderInit(&code16, ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16);
        ZydisDecoderInit(&code32, ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32);
        ZydisDecoderEnableMode(&code16, ZYDIS_DECODER_MODE_MINIMAL, ZYAN_TRUE);
        ZydisDecoderEnableMode(&code32, ZYDIS_DECODER_MODE_MINIMAL, ZYAN_TRUE);
    }
};

constexpr std::uint8_t no_segment = 0xff;

struct Prefixes {
    std::uint8_t bits = 0;  ///< of namespace prefix
    std::uint8_t segment = no_segment;
};

/// Of several prefixes of a group the last counts.
Prefixes scan_prefixes(const ZydisDecodedInstruction& raw) {
    Prefixes found;
    for (unsigned i = 0; i < raw.raw.prefix_count; ++i) {
        switch (raw.raw.prefixes[i].value) {
            case 0xf0: found.bits |= prefix::lock; break;
            case 0xf2:
                found.bits = static_cast<std::uint8_t>((found.bits & ~prefix::rep) | prefix::repne);
                break;
            case 0xf3:
                found.bits = static_cast<std::uint8_t>((found.bits & ~prefix::repne) | prefix::rep);
                break;
            case 0x66: found.bits |= prefix::operand_size; break;
            case 0x67: found.bits |= prefix::address_size; break;
            case 0x26: found.segment = seg_es; break;
            case 0x2e: found.segment = seg_cs; break;
            case 0x36: found.segment = seg_ss; break;
            case 0x3e: found.segment = seg_ds; break;
            case 0x64: found.segment = seg_fs; break;
            case 0x65: found.segment = seg_gs; break;
            default: break;
        }
    }
    if (found.segment != no_segment) found.bits |= prefix::segment;
    return found;
}

constexpr std::uint8_t absent = 16;

/// SDM vol. 2A, table "16-Bit Addressing Forms with the ModR/M Byte".
void address16(Insn& insn) {
    static constexpr std::array<std::uint8_t, 8> bases{ebx, ebx, ebp, ebp, esi, edi, ebp, ebx};
    static constexpr std::array<std::uint8_t, 8> indexes{esi, edi, esi, edi, absent, absent, absent, absent};
    insn.address_mask = 0xffff;
    const unsigned rm = insn.modrm & 7U;
    if (insn.modrm < 0x40 && rm == 6) return;  // a displacement alone
    insn.base = bases[rm];
    insn.index = indexes[rm];
    if (insn.base == ebp) insn.segment = seg_ss;
}

/// SDM vol. 2A, tables "32-Bit Addressing Forms" with the ModR/M and SIB bytes.
void address32(const ZydisDecodedInstruction& raw, Insn& insn) {
    insn.address_mask = 0xffff'ffffU;
    const unsigned mod = insn.modrm >> 6;
    unsigned base = insn.modrm & 7U;
    if (base == 4) {
        base = raw.raw.sib.base;
        if (raw.raw.sib.index != 4) {
            insn.index = raw.raw.sib.index;
            insn.scale = raw.raw.sib.scale;
        }
    }
    if (mod == 0 && base == 5) return;  // a displacement instead of a base
    insn.base = static_cast<std::uint8_t>(base);
    if (base == esp || base == ebp) insn.segment = seg_ss;
}

/// AH, CH, DH, BH are the second bytes of the first four registers.
std::uint8_t register_offset(unsigned number, OperandKind kind) {
    if (kind == OperandKind::gpr8 && number >= 4) return static_cast<std::uint8_t>((number - 4) * 8 + 1);
    return static_cast<std::uint8_t>(number * 8);
}

Mandatory mandatory_prefix(std::uint8_t prefixes) {
    if (prefixes & prefix::rep) return Mandatory::pf3;
    if (prefixes & prefix::repne) return Mandatory::pf2;
    return prefixes & prefix::operand_size ? Mandatory::p66 : Mandatory::none;
}

int map_of(const ZydisDecodedInstruction& raw) {
    if (raw.encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY) return -1;
    switch (raw.opcode_map) {
        case ZYDIS_OPCODE_MAP_DEFAULT: return 0;
        case ZYDIS_OPCODE_MAP_0F: return 1;
        case ZYDIS_OPCODE_MAP_0F38: return 2;
        case ZYDIS_OPCODE_MAP_0F3A: return 3;
        default: return -1;
    }
}

/// Why the form may not run in this mode, or nullptr.
Handler denied(const Row& row, const Insn& insn, std::uint32_t mode, const CpuModel& model) {
    constexpr Handler undefined = threaded<undefined_opcode>, not_available = threaded<device_not_available>;
    if (!model.has_feature(row.features)) return undefined;
    if ((insn.prefixes & prefix::lock) && !((row.attributes & attribute::lockable) && insn.has_memory()))
        return undefined;
    if ((row.attributes & attribute::protected_mode) && !(mode & mode::protected_mode)) return undefined;
    if ((row.attributes & attribute::x87) && (mode & mode::no_x87)) return not_available;
    const bool emulated = (mode & mode::no_x87) && !(mode & mode::task_switched);
    if ((row.attributes & attribute::mmx) && (mode & mode::no_x87))
        return emulated ? undefined : not_available;
    if (row.attributes & attribute::sse) {
        if (mode & mode::no_sse) return undefined;
        if (mode & mode::task_switched) return not_available;
    }
    return nullptr;
}

void set_operands(const ZydisDecodedInstruction& raw, const Prefixes& prefixes, bool address_32, Insn& insn,
                  const Row& row) {
    insn.segment = seg_ds;
    insn.displacement = static_cast<std::uint32_t>(raw.raw.disp.value);
    insn.address_mask = address_32 ? 0xffff'ffffU : 0xffffU;
    if (row.attributes & attribute::no_modrm) {
        const bool moffs = raw.raw.disp.size != 0;
        insn.modrm = moffs ? 0x05 : 0xc0;
        if (moffs) insn.displacement &= insn.address_mask;
    } else if (insn.modrm < 0xc0) {
        address_32 ? address32(raw, insn) : address16(insn);
    }
    if (prefixes.segment != no_segment) insn.segment = prefixes.segment;
    const unsigned rm = row.attributes & attribute::register_in_opcode ? raw.opcode & 7U : insn.modrm & 7U;
    insn.rm = register_offset(rm, row.rm);
    insn.reg = register_offset(insn.modrm >> 3 & 7U, row.reg);
    insn.immediate = static_cast<std::uint32_t>(raw.raw.imm[0].value.u);
    if (raw.raw.imm[1].size != 0) insn.displacement = static_cast<std::uint32_t>(raw.raw.imm[1].value.u);
}

/// Whether Handlers::flat or Handlers::indexed will do for the memory operand.
bool is_flat(const Insn& insn, std::uint32_t mode) {
    return insn.address_mask == 0xffff'ffffU && mode::is_flat(mode, insn.segment);
}

Handler handler_of(const Row& row, const Insn& insn, std::uint32_t mode) {
    const bool doubleword = insn.operand_size == 4;
    if (!insn.has_memory())
        return row.handlers.by_rm ? (*row.handlers.by_rm)[insn.modrm_rm()] : row.handlers.reg[doubleword];
    const auto& flats = insn.index == absent ? row.handlers.flat : row.handlers.indexed;
    const Handler flat = flats[doubleword];
    return flat && is_flat(insn, mode) ? flat : row.handlers.mem[doubleword];
}

constexpr std::array<Handler, 16> none_fused{};

bool is_conditional_jump(const Row& row) {
    return (row.map == OpcodeMap::one_byte && (row.opcode & 0xf0) == 0x70) ||
           (row.map == OpcodeMap::map_0f && (row.opcode & 0xf0) == 0x80);
}

void set_handler(const ZydisDecodedInstruction& raw, std::uint32_t mode, const CpuModel& model,
                 const Prefixes& prefixes, Insn& insn) {
    const bool code32 = mode & mode::code32;
    insn.prefixes = prefixes.bits;
    insn.operand_size = code32 != bool(prefixes.bits & prefix::operand_size) ? 4 : 2;
    const bool address_32 = code32 != bool(prefixes.bits & prefix::address_size);
    const int map = map_of(raw);
    insn.modrm =
        raw.raw.modrm.offset
            ? static_cast<std::uint8_t>(raw.raw.modrm.mod << 6 | raw.raw.modrm.reg << 3 | raw.raw.modrm.rm)
            : std::uint8_t{0xc0};
    const int found = map < 0 ? -1
                              : find_row(static_cast<OpcodeMap>(map), raw.opcode, insn.modrm,
                                         mandatory_prefix(prefixes.bits));
    if (found < 0) return;
    const Row& row = instruction_table()[static_cast<std::size_t>(found)];
    insn.row = static_cast<std::uint16_t>(found);
    set_operands(raw, prefixes, address_32, insn, row);
    if (const Handler refusal = denied(row, insn, mode, model))
        insn.execute = refusal;
    else if (const Handler handler = handler_of(row, insn, mode))
        insn.execute = handler;
}

}  // namespace

unsigned decode(std::span<const std::uint8_t> bytes, std::uint32_t mode, const CpuModel& model, Insn& insn) {
    static const Decoders decoders;
    insn = {};
    insn.row = no_row;
    insn.modrm = 0xc0;
    insn.execute = threaded<undefined_opcode>;
    ZydisDecodedInstruction raw;
    const ZydisDecoder& decoder = mode & mode::code32 ? decoders.code32 : decoders.code16;
    const ZyanStatus status =
        ZydisDecoderDecodeInstruction(&decoder, nullptr, bytes.data(), bytes.size(), &raw);
    if (status == ZYDIS_STATUS_NO_MORE_DATA && bytes.size() < max_instruction_length) return 0;
    if (status == ZYDIS_STATUS_INSTRUCTION_TOO_LONG || status == ZYDIS_STATUS_NO_MORE_DATA) {
        insn.execute = threaded<too_long>;
        insn.length = max_instruction_length;
        return insn.length;
    }
    // Any of the bytes may be why this is no instruction: a store to one of them must drop the block.
    insn.length = static_cast<std::uint8_t>(std::min<std::size_t>(bytes.size(), max_instruction_length));
    if (!ZYAN_SUCCESS(status)) return insn.length;
    insn.length = raw.length;
    set_handler(raw, mode, model, scan_prefixes(raw), insn);
    return insn.length;
}

Handler unfused_handler(const Insn& insn, std::uint32_t mode) {
    return insn.fused ? handler_of(row_of(insn), insn, mode) : insn.execute;
}

bool is_allowed(const Insn& insn, std::uint32_t mode) {
    return insn.row != no_row && unfused_handler(insn, mode) == handler_of(row_of(insn), insn, mode);
}

void fuse_with_branch(Insn& insn, const Insn& next, std::uint32_t mode) {
    if (!is_allowed(insn, mode) || !is_allowed(next, mode)) return;
    if (insn.operand_size != 4 || next.operand_size != 4) return;
    const Row& row = row_of(insn);
    if (!row.fused || !is_conditional_jump(row_of(next))) return;
    const auto& handlers = !insn.has_memory()     ? row.fused->reg
                           : !is_flat(insn, mode) ? none_fused
                           : insn.index == absent ? row.fused->flat
                                                  : row.fused->indexed;
    const Handler handler = handlers[row_of(next).opcode & 0xfU];
    if (!handler) return;
    insn.execute = handler;
    insn.fused = true;
}

const Insn* end_of_block(Cpu&, const Insn* insn) { return insn; }

const Insn* run_on(Cpu& cpu, const Insn* insn) {
    if (cpu.chain_left == 0) return insn;
    cpu.state.rip = cpu.ip(*insn);
    return chain<not_taken>(cpu, insn - 1);
}

}  // namespace calque
