// Model-specific registers (SDM vol. 4).
#pragma once

#include "cpu/cpu.hpp"

#include <cstdint>

namespace calque {

/// RDMSR and WRMSR. #GP(0) for an MSR that the model does not have or a value that it does not take unwinds
/// by GuestFault.
std::uint64_t read_msr(Cpu& cpu, std::uint32_t index);
void write_msr(Cpu& cpu, std::uint32_t index, std::uint64_t value);

}  // namespace calque
