// MMX (SDM vol. 1, "MMX Instruction Set") and what SSE added to it.
#include "cpu/instructions/mmx.hpp"

#include "cpu/instructions/byte_mask.hpp"
#include "cpu/instructions/packed_integer.hpp"

#include <algorithm>
#include <utility>

namespace calque {
namespace {

template <std::uint8_t opcode, unsigned size>
bool packed(Cpu& cpu, const Insn& insn) {
    std::uint64_t source;
    if (!begin_x87(cpu) || !read_mm_operand<size>(cpu, insn, source)) return false;
    host_x87::mmx<opcode>(insn.modrm_reg(), &source);
    return true;
}

template <std::uint8_t opcode>
bool shift_by_immediate(Cpu& cpu, const Insn& insn) {
    const std::uint64_t count = insn.immediate & 0xff;
    if (!begin_x87(cpu)) return false;
    host_x87::mmx<opcode>(insn.modrm_rm(), &count);
    return true;
}

bool load_doubleword(Cpu& cpu, const Insn& insn) {
    std::uint32_t value;
    if (!begin_x87(cpu)) return false;
    if (!insn.has_memory())
        value = register_at<std::uint32_t>(cpu.state, insn.rm);
    else if (!RmMemory::read(cpu, insn, value))
        return false;
    host_x87::write_mm(insn.modrm_reg(), value);
    return true;
}

bool load_quadword(Cpu& cpu, const Insn& insn) {
    std::uint64_t value;
    if (!begin_x87(cpu) || !read_mm_operand(cpu, insn, value)) return false;
    host_x87::write_mm(insn.modrm_reg(), value);
    return true;
}

/// The unit's tags and TOP change only if the store does not fault.
template <typename T>
bool store_to_memory(Cpu& cpu, const Insn& insn) {
    cpu.current = &insn;
    const std::uint32_t offset = cpu.effective_address(insn);
    bool allowed;
    open_store<sizeof(T)>(cpu, insn, offset, allowed);
    return allowed && cpu.write(insn.segment, offset, static_cast<T>(host_x87::read_mm(insn.modrm_reg())));
}

bool store_doubleword(Cpu& cpu, const Insn& insn) {
    if (!begin_x87(cpu)) return false;
    if (insn.has_memory()) return store_to_memory<std::uint32_t>(cpu, insn);
    set_register_at(cpu.state, insn.rm, static_cast<std::uint32_t>(host_x87::read_mm(insn.modrm_reg())));
    return true;
}

bool store_quadword(Cpu& cpu, const Insn& insn) {
    if (!begin_x87(cpu)) return false;
    if (insn.has_memory()) return store_to_memory<std::uint64_t>(cpu, insn);
    host_x87::write_mm(insn.modrm_rm(), host_x87::read_mm(insn.modrm_reg()));
    return true;
}

bool emms(Cpu& cpu, const Insn&) {
    if (!begin_x87(cpu)) return false;
    host_x87::empty_mm();
    return true;
}

// What SSE added.

bool pshufw(Cpu& cpu, const Insn& insn) {
    std::uint64_t source;
    if (!begin_x87(cpu) || !read_mm_operand(cpu, insn, source)) return false;
    std::uint64_t result = 0;
    for (unsigned i = 0; i < 4; ++i)
        result |= (source >> (insn.immediate >> (2 * i) & 3) * 16 & 0xffff) << (16 * i);
    host_x87::write_mm(insn.modrm_reg(), result);
    return true;
}

bool pinsrw(Cpu& cpu, const Insn& insn) {
    std::uint16_t word;
    if (!begin_x87(cpu)) return false;
    if (!insn.has_memory())
        word = register_at<std::uint16_t>(cpu.state, insn.rm);
    else if (!RmMemory::read(cpu, insn, word))
        return false;
    const unsigned shift = (insn.immediate & 3) * 16;
    const std::uint64_t old = host_x87::read_mm(insn.modrm_reg());
    host_x87::write_mm(insn.modrm_reg(), (old & ~(0xffffULL << shift)) | std::uint64_t{word} << shift);
    return true;
}

bool pextrw(Cpu& cpu, const Insn& insn) {
    if (!begin_x87(cpu)) return false;
    const std::uint64_t value = host_x87::read_mm(insn.modrm_rm()) >> (insn.immediate & 3) * 16;
    set_register_at(cpu.state, insn.reg, static_cast<std::uint32_t>(value & 0xffff));
    return true;
}

bool pmovmskb(Cpu& cpu, const Insn& insn) {
    if (!begin_x87(cpu)) return false;
    const std::uint64_t value = host_x87::read_mm(insn.modrm_rm());
    std::uint32_t mask = 0;
    for (unsigned i = 0; i < 8; ++i) mask |= static_cast<std::uint32_t>(value >> (8 * i + 7) & 1) << i;
    set_register_at(cpu.state, insn.reg, mask);
    return true;
}

bool maskmovq(Cpu& cpu, const Insn& insn) {
    if (!begin_x87(cpu)) return false;
    const std::uint64_t data = host_x87::read_mm(insn.modrm_reg()), mask = host_x87::read_mm(insn.modrm_rm());
    std::array<std::uint8_t, 8> bytes, masks;
    std::memcpy(bytes.data(), &data, sizeof(data));
    std::memcpy(masks.data(), &mask, sizeof(mask));
    return store_masked(cpu, insn, bytes, masks);
}

// Rows.

constexpr Row with_features(Row row, std::uint32_t features) {
    row.features = features;
    return row;
}
/// A form that writes ModRM.reg without reading it.
constexpr Row load(Row row) {
    row.reg_access = Access::write;
    return row;
}
constexpr Row store(Row row) {
    row.reg_access = Access::read;
    row.rm_access = Access::write;
    return row;
}
constexpr Row doubleword(Row row) {
    row.rm = OperandKind::gpr32;
    row.memory_size = 4;
    return row;
}
/// An MMX register as the source of a general register.
constexpr Row to_gpr(Row row) {
    row.mod = Mod::reg;
    row.reg = OperandKind::gpr32;
    row.features = feature::sse;
    return load(row);
}

template <std::size_t index>
constexpr Row packed_row() {
    constexpr PackedInteger form = packed_integers[index];
    Row row = mmx_row<packed<form.opcode, form.mmx_memory_size>>(form.name, form.opcode);
    row.memory_size = form.mmx_memory_size;
    return with_features(row, form.mmx_feature);
}
template <std::size_t index>
constexpr Row shift_row() {
    constexpr PackedShift form = packed_shifts[index];
    Row row = mmx_row<shift_by_immediate<form.by_register>>(form.name, form.group);
    row.digit = form.digit;
    row.mod = Mod::reg;
    row.reg = OperandKind::digit;
    row.reg_access = Access::none;
    row.rm_access = Access::read_write;
    return row;
}
constexpr Row pinsrw_row() {
    Row row = with_features(mmx_row<pinsrw>("pinsrw", 0xc4), feature::sse);
    row.rm = OperandKind::gpr32;
    row.memory_size = 2;
    return row;
}
constexpr Row movntq_row() {
    Row row = with_features(store(mmx_row<store_quadword>("movntq", 0xe7)), feature::sse);
    row.mod = Mod::memory;
    return row;
}
constexpr Row maskmovq_row() {
    Row row = with_features(mmx_row<maskmovq>("maskmovq", 0xf7), feature::sse);
    row.mod = Mod::reg;
    row.reg_access = Access::read;
    row.cls = InstructionClass::emulated;
    row.attributes |= attribute::own_address;
    return row;
}
constexpr Row emms_row() {
    Row row = mmx_row<emms>("emms", 0x77);
    row.reg = row.rm = OperandKind::none;
    row.reg_access = row.rm_access = Access::none;
    row.memory_size = 0;
    row.attributes |= attribute::no_modrm;
    return row;
}

constexpr std::array other_rows{
    load(doubleword(mmx_row<load_doubleword>("movd", 0x6e))),
    store(doubleword(mmx_row<store_doubleword>("movd", 0x7e))),
    load(mmx_row<load_quadword>("movq", 0x6f)),
    store(mmx_row<store_quadword>("movq", 0x7f)),
    emms_row(),
    with_features(load(mmx_row<pshufw>("pshufw", 0x70)), feature::sse),
    pinsrw_row(),
    to_gpr(mmx_row<pextrw>("pextrw", 0xc5)),
    to_gpr(mmx_row<pmovmskb>("pmovmskb", 0xd7)),
    movntq_row(),
    maskmovq_row(),
};

template <std::size_t... packed_index, std::size_t... shift_index>
constexpr auto make_rows(std::index_sequence<packed_index...>, std::index_sequence<shift_index...>) {
    std::array<Row, sizeof...(packed_index) + sizeof...(shift_index) + other_rows.size()> all{
        packed_row<packed_index>()..., shift_row<shift_index>()...};
    std::ranges::copy(other_rows, all.end() - other_rows.size());
    return all;
}

constexpr auto rows = make_rows(std::make_index_sequence<packed_integers.size()>{},
                                std::make_index_sequence<packed_shifts.size()>{});

}  // namespace

std::span<const Row> mmx_rows() { return rows; }

}  // namespace calque
