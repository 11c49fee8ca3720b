// Operand fields of an instruction, for predictions.
#include "frontend/trace/code.hpp"

#include "cpu/instruction_table.hpp"

#include <algorithm>
#include <string_view>

namespace calque::trace {
namespace {

unsigned width_of(const Insn& insn, const Row& row) {
    if (row.rm == OperandKind::gpr8 || (row.rm == OperandKind::none && row.reg == OperandKind::gpr8))
        return 1;
    const std::string_view name = row.name;
    const bool string = row.cls == InstructionClass::string || name == "ins" || name == "outs";
    if (string && !(row.opcode & 1)) return 1;
    return insn.operand_size == 2 ? 2 : 4;
}

/// Condition of a near conditional jump.
unsigned condition_of(const Row& row) {
    const bool conditional = (row.map == OpcodeMap::one_byte && row.opcode >> 4 == 7) ||
                             (row.map == OpcodeMap::map_0f && row.opcode >> 4 == 8);
    return conditional ? row.opcode & 0xfU : Code::no_condition;
}

/// A near jump or call by a displacement.
bool is_relative(const Row& row) {
    if (row.map != OpcodeMap::one_byte) return condition_of(row) != Code::no_condition;
    return row.opcode >> 4 == 7 || row.opcode == 0xe8 || row.opcode == 0xe9 || row.opcode == 0xeb;
}

}  // namespace

Code code_of(const RawRecord& raw, std::uint64_t linear) {
    const Insn& insn = raw.insn;
    Code code;
    code.linear = linear;
    code.physical = raw.physical;
    code.length = std::min<std::uint8_t>(raw.length, 15);
    std::copy_n(raw.bytes.begin(), code.length, code.bytes.begin());
    code.code32 = raw.code32;
    code.wide_address = insn.address_mask != 0xffff;
    if (insn.row == no_row) return code;
    const Row& row = row_of(insn);
    code.base = insn.base;
    code.index = insn.index;
    code.scale = insn.scale;
    code.segment = insn.segment;
    code.displacement = insn.displacement;
    code.immediate = insn.immediate;
    code.reg = insn.reg;
    code.rm = insn.rm;
    code.width = static_cast<std::uint8_t>(width_of(insn, row));
    code.condition = static_cast<std::uint8_t>(condition_of(row));
    code.relative = is_relative(row);
    return code;
}

}  // namespace calque::trace
