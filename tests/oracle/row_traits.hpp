// What the generator asks of a row of the instruction table.
#pragma once

#include "cpu/instruction_table.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace calque::test {

inline bool named(const Row& row, std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, std::string_view(row.name)) != names.end();
}
inline bool is_general(OperandKind kind) {
    return kind == OperandKind::gpr || kind == OperandKind::gpr8 || kind == OperandKind::gpr16 ||
           kind == OperandKind::gpr32;
}
inline bool is_written(Access access) { return access == Access::write || access == Access::read_write; }
inline bool is_read(Access access) { return access == Access::read || access == Access::read_write; }
inline bool is_relative(const Row& row) {
    return row.cls == InstructionClass::control_transfer && !named(row, {"ret"}) && row.digit < 0;
}
/// MOV between the accumulator and an address in the instruction.
inline bool is_direct_offset(const Row& row) {
    return row.map == OpcodeMap::one_byte && row.opcode >= 0xa0 && row.opcode <= 0xa3;
}
/// LOOPcc and JCXZ: the address size chooses the counter.
inline bool has_counter(const Row& row) {
    return row.map == OpcodeMap::one_byte && row.opcode >= 0xe0 && row.opcode <= 0xe3;
}
/// A register operand reaches bits far from the memory operand.
inline bool has_bit_offset(const Row& row) {
    return row.mod == Mod::memory && (row.attributes & attribute::own_address) &&
           named(row, {"bt", "bts", "btr", "btc"});
}
/// PCMPxSTRx; those with E find the strings' lengths in EAX and EDX.
inline bool has_explicit_lengths(const Row& row) { return named(row, {"pcmpestri", "pcmpestrm"}); }
inline bool compares_strings(const Row& row) {
    return has_explicit_lengths(row) || named(row, {"pcmpistri", "pcmpistrm"});
}
/// Stores that a processor may do in parts, where the first part may fault before the whole exceeds the
/// limit.
inline bool stores_in_parts(const Row& row) {
    return named(row, {"maskmovq", "maskmovdqu"}) || (row.memory_size == 10 && is_written(row.rm_access));
}

}  // namespace calque::test
