// The system group: its parts in one list.
#include "cpu/instructions/system.hpp"

#include <vector>

namespace calque {

void require_privilege(Cpu& cpu) {
    if (cpu.state.cpl != 0) cpu.fault(Vector::gp, 0);
}

std::span<const Row> system_rows() {
    static const std::vector<Row> rows = [] {
        std::vector<Row> all;
        for (const auto part : {descriptor_table_rows(), control_register_rows(), interrupt_flag_rows(),
                                processor_rows(), random_number_rows()})
            all.insert(all.end(), part.begin(), part.end());
        return all;
    }();
    return rows;
}

}  // namespace calque
