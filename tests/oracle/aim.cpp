// The aims of a row.
#include "tests/oracle/aim.hpp"

namespace calque::test {

std::optional<Aim> choose_aim(const Row& row, std::uint64_t turn) {
    std::vector<Aim> aims;
    for (const Operand& operand : read_operands(row))
        for (unsigned number = 0; number < value_classes(operand.element.kind).size(); ++number)
            aims.push_back({operand, number});
    if (aims.empty()) return std::nullopt;
    return aims[turn % aims.size()];
}

}  // namespace calque::test
