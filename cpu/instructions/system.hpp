// The parts of the system group.
#pragma once

#include "cpu/cpu.hpp"
#include "cpu/instruction_table.hpp"

#include <span>

namespace calque {

/// Everything that only CPL 0 may do begins with this: #GP(0) otherwise.
void require_privilege(Cpu& cpu);

std::span<const Row> descriptor_table_rows();
std::span<const Row> control_register_rows();
std::span<const Row> interrupt_flag_rows();
std::span<const Row> processor_rows();
std::span<const Row> random_number_rows();

}  // namespace calque
