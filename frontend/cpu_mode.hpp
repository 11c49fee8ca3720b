// The processor's modes as people speak of them.
#pragma once

#include "cpu/cpu.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace calque {

/// Real mode with a 32-bit code segment is what stands between MOV CR0 and the far jump behind it.
enum class CpuMode : std::uint8_t { real16, vm86, protected16, protected32, real32 };

inline constexpr std::array all_cpu_modes{CpuMode::real16, CpuMode::vm86, CpuMode::protected16,
                                          CpuMode::protected32, CpuMode::real32};

/// `code32`: CS has D set.
constexpr CpuMode cpu_mode(bool protected_mode, bool vm86, bool code32) {
    if (vm86) return CpuMode::vm86;
    if (protected_mode) return code32 ? CpuMode::protected32 : CpuMode::protected16;
    return code32 ? CpuMode::real32 : CpuMode::real16;
}

/// Of Cpu::mode.
constexpr CpuMode cpu_mode(std::uint32_t mode) {
    return cpu_mode(mode & mode::protected_mode, mode & mode::vm86, mode & mode::code32);
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

/// The same in reports.
constexpr std::string_view phrase_of(CpuMode mode) {
    switch (mode) {
        case CpuMode::real16: return "real mode";
        case CpuMode::vm86: return "v86";
        case CpuMode::protected16: return "protected, 16 bits";
        case CpuMode::protected32: return "protected, 32 bits";
        case CpuMode::real32: return "real mode, 32 bits";
    }
    return "";
}

}  // namespace calque
