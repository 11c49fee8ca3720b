// The processor's modes as people speak of them.
#pragma once

#include "cpu/cpu.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace calque {

enum class CpuMode : std::uint8_t { real16, vm86, protected16, protected32, real32 };

inline constexpr std::array all_cpu_modes{CpuMode::real16, CpuMode::vm86, CpuMode::protected16,
                                          CpuMode::protected32, CpuMode::real32};

/// Real mode with a 32-bit code segment is what stands between MOV CR0 and the far jump behind it.
inline CpuMode cpu_mode(const Cpu& cpu) {
    if (cpu.vm86()) return CpuMode::vm86;
    if (cpu.protected_mode()) return cpu.code32() ? CpuMode::protected32 : CpuMode::protected16;
    return cpu.code32() ? CpuMode::real32 : CpuMode::real16;
}

/// A word without spaces.
constexpr std::string_view name_of(CpuMode mode) {
    switch (mode) {
        case CpuMode::real16: return "real16";
        case CpuMode::vm86: return "vm86";
        case CpuMode::protected16: return "protected16";
        case CpuMode::protected32: return "protected32";
        case CpuMode::real32: return "real32";
    }
    return "";
}

}  // namespace calque
