// The operands that a row reads.
#include "tests/oracle/operand.hpp"

#include "cpu/state.hpp"
#include "tests/oracle/row_traits.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

namespace calque::test {
namespace {

using Place = Operand::Place;

bool is_free(const Row& row) {
    using enum InstructionClass;
    static constexpr std::array<std::string_view, 4> excluded{"ldmxcsr", "fldcw", "fbld", "clflush"};
    return row.cls != control_transfer && row.cls != string && !(row.attributes & attribute::own_address) &&
           std::ranges::find(excluded, std::string_view(row.name)) == excluded.end();
}

/// What the SDM's suffixes of SSE mnemonics say; a conversion's source stands in front of the 2.
ValueForm sse_element(std::string_view name) {
    if (name.starts_with("cvt")) name = name.substr(0, name.find('2'));
    const auto ends_in = [&](std::initializer_list<std::string_view> endings) {
        return std::ranges::any_of(endings, [&](std::string_view ending) { return name.ends_with(ending); });
    };
    if (ends_in({"ps", "ss", "psi"})) return {ValueKind::single, 4};
    if (ends_in({"pd", "sd"})) return {ValueKind::double_precision, 8};
    if (ends_in({"b"})) return {ValueKind::integer, 1};
    if (ends_in({"w"})) return {ValueKind::integer, 2};
    return {ValueKind::integer, ends_in({"q"}) ? 8U : 4U};
}

/// Memory operands of x87 instructions (SDM vol. 2, appendix A.5): bit 1 of the opcode says integer.
ValueForm x87_element(const Row& row) {
    const bool integer = row.opcode & 2;
    switch (row.memory_size) {
        case 4: return {integer ? ValueKind::integer : ValueKind::single, 4};
        case 8: return {integer ? ValueKind::integer : ValueKind::double_precision, 8};
        case 10: return {ValueKind::extended, 10};
        default: return {ValueKind::integer, row.memory_size};
    }
}

std::optional<Operand> operand_of(const Row& row, OperandKind kind, Place place, unsigned operand_size) {
    const auto integer = [&](unsigned size) {
        return Operand{place, operand_size, {ValueKind::integer, size}, size};
    };
    switch (kind) {
        case OperandKind::gpr8: return integer(1);
        case OperandKind::gpr16: return integer(2);
        case OperandKind::gpr32:
            return integer(place == Place::memory && row.memory_size ? row.memory_size : 4);
        case OperandKind::gpr: return integer(operand_size);
        case OperandKind::st: return Operand{place, 4, {ValueKind::extended, 10}, 10};
        case OperandKind::mm:
        case OperandKind::xmm: {
            const unsigned whole = kind == OperandKind::mm ? 8 : 16;
            const unsigned size = place == Place::memory ? row.memory_size : whole;
            ValueForm element = sse_element(row.name);
            element.size = std::min(element.size, size);
            return Operand{place, operand_size, element, size};
        }
        case OperandKind::memory:
            if (row.attributes & attribute::x87) return Operand{place, 4, x87_element(row), row.memory_size};
            if (row.memory_size == 0 || row.memory_size > 8) return std::nullopt;
            return integer(row.memory_size);
        default: return std::nullopt;
    }
}

std::uint8_t* in_memory(const Insn& insn, const NativeState& state, Memory& memory, unsigned size) {
    const auto value = [&](unsigned number) { return number < 8 ? state.gpr[number] : 0U; };
    const std::uint32_t address = insn.displacement + value(insn.base) + (value(insn.index) << insn.scale);
    const std::uint32_t base = insn.segment == seg_gs ? window::gs_base : 0;
    const std::uint32_t offset = (address & insn.address_mask) + base - window::data;
    return offset <= window::data_size - size ? memory.data.data() + offset : nullptr;
}

std::size_t st_place(unsigned number) { return 32 + std::size_t{16} * number; }
unsigned top_of(const NativeState& state) { return state.fpu[3] >> 3 & 7U; }

}  // namespace

std::vector<Operand> read_operands(const Row& row) {
    std::vector<Operand> all;
    if (!is_free(row)) return all;
    const bool sized = row.reg == OperandKind::gpr || row.rm == OperandKind::gpr;
    for (const unsigned operand_size : {4U, 2U}) {
        const auto add = [&](OperandKind kind, Place place) {
            if (const auto operand = operand_of(row, kind, place, operand_size)) all.push_back(*operand);
        };
        if (operand_size == 2 && !sized) break;
        if (is_read(row.reg_access)) add(row.reg, Place::reg);
        if (!is_read(row.rm_access)) continue;
        const bool only_memory = row.mod == Mod::memory || is_direct_offset(row);
        // Processors differ on whether CVTPI2PS from memory is an MMX instruction.
        const bool only_register = row.mod == Mod::reg || std::string_view(row.name) == "cvtpi2ps" ||
                                   (row.attributes & attribute::register_in_opcode);
        if (!only_memory) add(row.rm, Place::rm_register);
        if (!only_register) add(row.rm, Place::memory);
    }
    if (row.attributes & attribute::x87) all.push_back({Place::st0, 4, {ValueKind::extended, 10}, 10});
    return all;
}

std::uint8_t* locate(const Operand& operand, const Row& row, const Insn& insn, NativeState& state,
                     Memory& memory) {
    const auto general = [&](unsigned offset) {
        return reinterpret_cast<std::uint8_t*>(state.gpr.data()) + (offset >> 3) * 4 + (offset & 1);
    };
    const auto in_register = [&](OperandKind kind, unsigned number, unsigned offset) -> std::uint8_t* {
        if (kind == OperandKind::xmm) return state.fpu.data() + 160 + std::size_t{16} * number;
        if (kind == OperandKind::st) return state.fpu.data() + st_place(number);
        if (kind == OperandKind::mm) return state.fpu.data() + st_place((number - top_of(state)) & 7U);
        return general(offset);
    };
    switch (operand.place) {
        case Place::st0: return state.fpu.data() + st_place(0);
        case Place::reg: return in_register(row.reg, insn.modrm_reg(), insn.reg);
        case Place::rm_register:
            return insn.has_memory() ? nullptr : in_register(row.rm, insn.modrm_rm(), insn.rm);
        case Place::memory: return insn.has_memory() ? in_memory(insn, state, memory, operand.size) : nullptr;
    }
    return nullptr;
}

std::uint8_t* claim(const Operand& operand, const Row& row, const Insn& insn, NativeState& state,
                    Memory& memory) {
    std::uint8_t* bytes = locate(operand, row, insn, state, memory);
    const bool in_stack =
        operand.place == Place::st0 || (operand.place == Place::rm_register && row.rm == OperandKind::st);
    if (bytes && in_stack) {
        const unsigned number = operand.place == Place::st0 ? 0 : insn.modrm_rm();
        state.fpu[4] = static_cast<std::uint8_t>(state.fpu[4] | 1U << ((number + top_of(state)) & 7U));
    }
    return bytes;
}

}  // namespace calque::test
