// SSE and SSE2 data movement (SDM vol. 1, "SSE Data Transfer Instructions", "Cacheability Control").
#include "cpu/instructions/byte_mask.hpp"
#include "cpu/instructions/mmx.hpp"
#include "cpu/instructions/sse.hpp"

#include <type_traits>

namespace calque {
namespace {

using enum Mandatory;

/// A register as a vector of elements of `size` bytes. Registers are written as a whole: a host that reads 16
/// bytes which were stored in parts waits for them.
using Doublewords = std::uint32_t __attribute__((vector_size(16)));
using Quadwords = std::uint64_t __attribute__((vector_size(16)));
template <unsigned size>
using Elements = std::conditional_t<size == 4, Doublewords, Quadwords>;
template <unsigned size>
using Element = std::conditional_t<size == 4, std::uint32_t, std::uint64_t>;

/// Copies `size` bytes between places in registers.
template <unsigned size>
void copy(Xmm& to, unsigned to_byte, const Xmm& from, unsigned from_byte) {
    Elements<size> source, result;
    std::memcpy(&source, &from, sizeof(source));
    std::memcpy(&result, &to, sizeof(result));
    result[to_byte / size] = source[from_byte / size];
    std::memcpy(to.bytes.data(), &result, sizeof(result));
}

/// What becomes of the bytes that a load does not write.
enum class Rest { kept, cleared };

/// Memory to bytes `place`.. of ModRM.reg.
template <unsigned size, Rest rest, unsigned place = 0>
bool load(Cpu& cpu, const Insn& insn) {
    if constexpr (size == 16) {
        return RmMemory::read(cpu, insn, reg_xmm(cpu, insn));
    } else {
        Element<size> element;
        if (!RmMemory::read(cpu, insn, element)) return false;
        Xmm& destination = reg_xmm(cpu, insn);
        Elements<size> result{};
        if constexpr (rest == Rest::kept) std::memcpy(&result, &destination, sizeof(result));
        result[place / size] = element;
        std::memcpy(destination.bytes.data(), &result, sizeof(result));
        return true;
    }
}

/// Bytes `place`.. of ModRM.reg to memory.
template <unsigned size, unsigned place = 0>
bool store(Cpu& cpu, const Insn& insn) {
    std::array<std::uint8_t, size> bytes;
    std::memcpy(bytes.data(), reg_xmm(cpu, insn).bytes.data() + place, size);
    return RmMemory::write(cpu, insn, bytes);
}

/// MOVAPS and its kind, MOVUPS if not `aligned`.
template <bool aligned>
bool load_all(Cpu& cpu, const Insn& insn) {
    if (!insn.has_memory()) {
        reg_xmm(cpu, insn) = rm_xmm(cpu, insn);
        return true;
    }
    return (!aligned || check_aligned16(cpu, insn)) && load<16, Rest::cleared>(cpu, insn);
}
template <bool aligned>
bool store_all(Cpu& cpu, const Insn& insn) {
    if (!insn.has_memory()) {
        rm_xmm(cpu, insn) = reg_xmm(cpu, insn);
        return true;
    }
    return (!aligned || check_aligned16(cpu, insn)) && store<16>(cpu, insn);
}

/// MOVSS, MOVSD: from memory the rest is cleared, between registers it is kept.
template <unsigned size>
bool load_scalar(Cpu& cpu, const Insn& insn) {
    if (insn.has_memory()) return load<size, Rest::cleared>(cpu, insn);
    copy<size>(reg_xmm(cpu, insn), 0, rm_xmm(cpu, insn), 0);
    return true;
}
template <unsigned size>
bool store_scalar(Cpu& cpu, const Insn& insn) {
    if (insn.has_memory()) return store<size>(cpu, insn);
    copy<size>(rm_xmm(cpu, insn), 0, reg_xmm(cpu, insn), 0);
    return true;
}

/// MOVHLPS, MOVLHPS.
template <unsigned to_byte, unsigned from_byte>
bool move_half(Cpu& cpu, const Insn& insn) {
    copy<8>(reg_xmm(cpu, insn), to_byte, rm_xmm(cpu, insn), from_byte);
    return true;
}

/// MOVQ between XMM registers clears the upper half.
bool load_quadword(Cpu& cpu, const Insn& insn) {
    if (insn.has_memory()) return load<8, Rest::cleared>(cpu, insn);
    Xmm value{};
    copy<8>(value, 0, rm_xmm(cpu, insn), 0);
    reg_xmm(cpu, insn) = value;
    return true;
}
bool store_quadword(Cpu& cpu, const Insn& insn) {
    if (insn.has_memory()) return store<8>(cpu, insn);
    Xmm value{};
    copy<8>(value, 0, reg_xmm(cpu, insn), 0);
    rm_xmm(cpu, insn) = value;
    return true;
}

bool load_doubleword(Cpu& cpu, const Insn& insn) {
    if (insn.has_memory()) return load<4, Rest::cleared>(cpu, insn);
    const auto value = register_at<std::uint32_t>(cpu.state, insn.rm);
    reg_xmm(cpu, insn) = {};
    std::memcpy(reg_xmm(cpu, insn).bytes.data(), &value, sizeof(value));
    return true;
}
bool store_doubleword(Cpu& cpu, const Insn& insn) {
    if (insn.has_memory()) return store<4>(cpu, insn);
    std::uint32_t value;
    std::memcpy(&value, reg_xmm(cpu, insn).bytes.data(), sizeof(value));
    set_register_at(cpu.state, insn.rm, value);
    return true;
}

bool movnti(Cpu& cpu, const Insn& insn) {
    return RmMemory::write(cpu, insn, register_at<std::uint32_t>(cpu.state, insn.reg));
}

bool movq2dq(Cpu& cpu, const Insn& insn) {
    if (!begin_x87(cpu)) return false;
    const std::uint64_t value = host_x87::read_mm(insn.modrm_rm());
    reg_xmm(cpu, insn) = {};
    std::memcpy(reg_xmm(cpu, insn).bytes.data(), &value, sizeof(value));
    return true;
}
bool movdq2q(Cpu& cpu, const Insn& insn) {
    if (!begin_x87(cpu)) return false;
    std::uint64_t value;
    std::memcpy(&value, rm_xmm(cpu, insn).bytes.data(), sizeof(value));
    host_x87::write_mm(insn.modrm_reg(), value);
    return true;
}

bool maskmovdqu(Cpu& cpu, const Insn& insn) {
    return store_masked(cpu, insn, reg_xmm(cpu, insn).bytes, rm_xmm(cpu, insn).bytes);
}

/// MOVMSKPS, MOVMSKPD, PMOVMSKB: the top bit of each element.
template <unsigned element>
bool move_mask(Cpu& cpu, const Insn& insn) {
    std::uint32_t mask = 0;
    for (unsigned i = 0; i < 16 / element; ++i)
        mask |= std::uint32_t{rm_xmm(cpu, insn).bytes[(i + 1) * element - 1]} >> 7 << i;
    set_register_at(cpu.state, insn.reg, mask);
    return true;
}

// Rows.

template <bool aligned>
constexpr Row load_all_row(const char* name, Mandatory mandatory, std::uint8_t opcode) {
    const Row row = writes_reg(sse_row<load_all<aligned>>(name, mandatory, opcode, 16));
    return aligned ? row : unaligned(row);
}
template <bool aligned>
constexpr Row store_all_row(const char* name, Mandatory mandatory, std::uint8_t opcode) {
    const Row row = stores(sse_row<store_all<aligned>>(name, mandatory, opcode, 16));
    return aligned ? row : unaligned(row);
}
template <auto semantics>
constexpr Row from_memory(const char* name, Mandatory mandatory, std::uint8_t opcode, unsigned size) {
    return with_mod(sse_row<semantics>(name, mandatory, opcode, size), Mod::memory);
}
template <auto semantics>
constexpr Row to_memory(const char* name, Mandatory mandatory, std::uint8_t opcode, unsigned size) {
    return stores(from_memory<semantics>(name, mandatory, opcode, size));
}
template <auto semantics>
constexpr Row between_registers(const char* name, Mandatory mandatory, std::uint8_t opcode) {
    return with_mod(sse_row<semantics>(name, mandatory, opcode, 0), Mod::reg);
}
template <auto semantics>
constexpr Row to_gpr(const char* name, Mandatory mandatory, std::uint8_t opcode) {
    return writes_reg(with_reg(between_registers<semantics>(name, mandatory, opcode), OperandKind::gpr32));
}
constexpr Row in_sse2(Row row) { return with_feature(row, feature::sse2); }

constexpr Row movnti_row() {
    Row row = in_sse2(with_reg(to_memory<movnti>("movnti", none, 0xc3, 4), OperandKind::gpr32));
    row.attributes = 0;  // a store of a general register
    return row;
}
constexpr Row maskmovdqu_row() {
    Row row = with_attribute(between_registers<maskmovdqu>("maskmovdqu", p66, 0xf7), attribute::own_address);
    row.reg_access = Access::read;
    row.cls = InstructionClass::sensitive;
    return row;
}

constexpr std::array rows{
    load_all_row<false>("movups", none, 0x10),
    store_all_row<false>("movups", none, 0x11),
    load_all_row<false>("movupd", p66, 0x10),
    store_all_row<false>("movupd", p66, 0x11),
    load_all_row<true>("movaps", none, 0x28),
    store_all_row<true>("movaps", none, 0x29),
    load_all_row<true>("movapd", p66, 0x28),
    store_all_row<true>("movapd", p66, 0x29),
    load_all_row<true>("movdqa", p66, 0x6f),
    store_all_row<true>("movdqa", p66, 0x7f),
    in_sse2(load_all_row<false>("movdqu", pf3, 0x6f)),
    in_sse2(store_all_row<false>("movdqu", pf3, 0x7f)),

    sse_row<load_scalar<4>>("movss", pf3, 0x10, 4),
    stores(sse_row<store_scalar<4>>("movss", pf3, 0x11, 4)),
    sse_row<load_scalar<8>>("movsd", pf2, 0x10, 8),
    stores(sse_row<store_scalar<8>>("movsd", pf2, 0x11, 8)),

    from_memory<load<8, Rest::kept, 0>>("movlps", none, 0x12, 8),
    from_memory<load<8, Rest::kept, 0>>("movlpd", p66, 0x12, 8),
    between_registers<move_half<0, 8>>("movhlps", none, 0x12),
    to_memory<store<8, 0>>("movlps", none, 0x13, 8),
    to_memory<store<8, 0>>("movlpd", p66, 0x13, 8),
    from_memory<load<8, Rest::kept, 8>>("movhps", none, 0x16, 8),
    from_memory<load<8, Rest::kept, 8>>("movhpd", p66, 0x16, 8),
    between_registers<move_half<8, 0>>("movlhps", none, 0x16),
    to_memory<store<8, 8>>("movhps", none, 0x17, 8),
    to_memory<store<8, 8>>("movhpd", p66, 0x17, 8),

    in_sse2(writes_reg(sse_row<load_quadword>("movq", pf3, 0x7e, 8))),
    stores(sse_row<store_quadword>("movq", p66, 0xd6, 8)),
    writes_reg(with_rm(sse_row<load_doubleword>("movd", p66, 0x6e, 4), OperandKind::gpr32)),
    with_rm(stores(sse_row<store_doubleword>("movd", p66, 0x7e, 4)), OperandKind::gpr32),

    with_mod(store_all_row<true>("movntps", none, 0x2b), Mod::memory),
    with_mod(store_all_row<true>("movntpd", p66, 0x2b), Mod::memory),
    with_mod(store_all_row<true>("movntdq", p66, 0xe7), Mod::memory),
    movnti_row(),
    maskmovdqu_row(),

    with_attribute(
        in_sse2(writes_reg(with_rm(between_registers<movq2dq>("movq2dq", pf3, 0xd6), OperandKind::mm))),
        attribute::mmx),
    with_attribute(writes_reg(with_reg(between_registers<movdq2q>("movdq2q", pf2, 0xd6), OperandKind::mm)),
                   attribute::mmx),

    to_gpr<move_mask<4>>("movmskps", none, 0x50),
    to_gpr<move_mask<8>>("movmskpd", p66, 0x50),
    to_gpr<move_mask<1>>("pmovmskb", p66, 0xd7),
};

}  // namespace

std::span<const Row> sse_move_rows() { return rows; }

}  // namespace calque
