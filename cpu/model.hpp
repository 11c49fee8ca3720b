// CPU models: what CPUID says and which rows of the instruction table exist.
#pragma once

#include <cstdint>
#include <string_view>

namespace calque {

struct CpuidResult {
    std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

/// Bits of CPUID.1:EDX.
namespace cpuid_edx {
inline constexpr std::uint32_t fpu = 1U << 0, vme = 1U << 1, de = 1U << 2, pse = 1U << 3, tsc = 1U << 4,
                               msr = 1U << 5;
inline constexpr std::uint32_t pae = 1U << 6, mce = 1U << 7, cx8 = 1U << 8, apic = 1U << 9, sep = 1U << 11,
                               mtrr = 1U << 12;
inline constexpr std::uint32_t pge = 1U << 13, mca = 1U << 14, cmov = 1U << 15, pat = 1U << 16,
                               pse36 = 1U << 17, clfsh = 1U << 19;
inline constexpr std::uint32_t mmx = 1U << 23, fxsr = 1U << 24, sse = 1U << 25, sse2 = 1U << 26;
}  // namespace cpuid_edx

struct CpuModel {
    std::string_view name;
    std::uint32_t features = 0;         ///< bits of namespace feature
    std::uint32_t reset_signature = 0;  ///< EDX after reset; CPUID.1:EAX
    CpuidResult (*cpuid)(std::uint32_t leaf, std::uint32_t subleaf) = nullptr;
    std::uint32_t mxcsr_mask = 0xffff;  ///< the bits of MXCSR that exist
    bool pse36 = false;                 ///< CPUID.1:EDX.PSE-36, at hand for each load of CR3
    bool no_execute = false;            ///< CPUID.80000001H:EDX.NX and IA32_EFER
    bool arch_capabilities = false;     ///< CPUID.7:EDX[29] and IA32_ARCH_CAPABILITIES
    std::uint32_t apic_version = 0;     ///< the local APIC's version register; 0: there is none

    bool has_feature(std::uint32_t feature) const { return (features & feature) == feature; }
    std::uint32_t leaf1_edx() const { return cpuid ? cpuid(1, 0).edx : 0; }
    unsigned family() const { return reset_signature >> 8 & 15U; }
};

/// nullptr for an unknown name. Names: 486, pentium, pentium3, pentium4, max.
const CpuModel* find_cpu_model(std::string_view name);

}  // namespace calque
