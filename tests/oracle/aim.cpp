// The aims of a row.
#include "tests/oracle/aim.hpp"

#include "tests/oracle/encoder.hpp"
#include "tests/oracle/row_traits.hpp"

namespace calque::test {
namespace {

bool has_memory_operand(const Row& row) {
    if (row.attributes & attribute::register_in_opcode) return false;
    const bool accessed = row.rm_access != Access::none || row.rm == OperandKind::memory;
    // Processors differ on whether CVTPI2PS from memory is an MMX instruction.
    return row.modrm < 0 && accessed && row.mod != Mod::reg && !named(row, {"cvtpi2ps"}) &&
           (has_modrm(row) || is_direct_offset(row)) && row.cls != InstructionClass::control_transfer;
}

}  // namespace

std::optional<Aim> choose_aim(const Row& row, std::uint64_t turn, bool has_gs) {
    std::vector<Aim> aims;
    for (const Operand& operand : read_operands(row))
        for (unsigned number = 0; number < value_classes(operand.element.kind).size(); ++number)
            aims.push_back({operand, number});
    if (has_memory_operand(row))
        for (unsigned number = 1; number <= border_count; ++number) {
            const auto border = static_cast<Border>(number);
            const bool of_limit = border == Border::fits_limit || border == Border::leaves_limit;
            if (!of_limit || (has_gs && !stores_in_parts(row))) aims.push_back({{}, 0, border});
        }
    if (aims.empty()) return std::nullopt;
    return aims[turn % aims.size()];
}

}  // namespace calque::test
