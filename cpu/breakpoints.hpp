// The breakpoints of DR0-DR3 (SDM vol. 3B, "Debug Registers"). While one is enabled the processor steps, and
// every access takes the checked path.
#pragma once

#include "cpu/cpu.hpp"

#include <cstdint>

namespace calque {

/// Which enabled instruction breakpoints lie at CS:RIP, as bits B0-B3 of DR6.
std::uint32_t instruction_breakpoints(const CpuState& state);
/// Which enabled data breakpoints an access touches, as bits B0-B3 of DR6.
std::uint32_t data_breakpoints(const CpuState& state, std::uint32_t linear, unsigned size, AccessKind kind);
/// Which enabled I/O breakpoints a port access touches, as bits B0-B3 of DR6. There are none without CR4.DE.
std::uint32_t io_breakpoints(const CpuState& state, std::uint16_t port, unsigned size);

/// The conditions of a debug exception, for DR6: B0-B3 say which breakpoints were met this time, the other
/// bits stay set until software clears them (SDM vol. 3B, "Debug Status Register").
void record_debug_conditions(CpuState& state, std::uint32_t conditions);

}  // namespace calque
