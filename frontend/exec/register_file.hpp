// The processor's registers by name, as text.
#pragma once

#include "cpu/cpu.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace calque {

/// eax..edi, eip, eflags, es..gs, cr0, cr2, cr3, cr4, dr0..dr7, mxcsr, fcw: a number. st0..st7, mm0..mm7,
/// xmm0..xmm7: 20, 16 and 32 hexadecimal digits. Throws UsageError.
void set_register(Cpu& cpu, const std::string& name, const std::string& value);

/// General, segment and control registers, EIP and EFLAGS.
nlohmann::ordered_json registers_of(const CpuState& state);
/// Adds "x87", "mm", "xmm" and "mxcsr".
void add_fpu_registers(nlohmann::ordered_json& report, const FpuArea& fpu);

/// Whether IDTR's limit covers a vector.
bool has_handler(const CpuState& state, Vector vector);

}  // namespace calque
