// Model-specific registers.
#include "cpu/msr.hpp"

#include "cpu/control_registers.hpp"
#include "cpu/instruction_table.hpp"

#include <algorithm>
#include <array>

namespace calque {
namespace {

namespace msr {
constexpr std::uint32_t machine_check_address = 0, machine_check_type = 1, tsc = 0x10, platform_id = 0x17;
constexpr std::uint32_t apic_base = 0x1b, machine_check_capabilities = 0x179, machine_check_status = 0x17a;
constexpr std::uint32_t power_on_configuration = 0x2a, microcode_trigger = 0x79, microcode_signature = 0x8b;
constexpr std::uint32_t mtrr_capabilities = 0xfe, arch_capabilities = 0x10a;
constexpr std::uint32_t sysenter_cs = 0x174, sysenter_esp = 0x175, sysenter_eip = 0x176;
constexpr std::uint32_t misc_enable = 0x1a0, debug_control = 0x1d9;
constexpr std::uint32_t mtrr_variable_first = 0x200, mtrr_variable_last = 0x20f;
constexpr std::uint32_t pat = 0x277, mtrr_default_type = 0x2ff, efer = 0xc000'0080;
}  // namespace msr

constexpr std::uint64_t physical_mask = 0xf'ffff'ffff;  // 36 address bits

/// Not susceptible to: RDCL, L1TF, SSB, MDS, page-size-change machine checks, TAA, the MMIO stale data
/// family, BHI, post-barrier RSB, GDS, RFDS (SDM vol. 4, IA32_ARCH_CAPABILITIES).
constexpr std::uint64_t not_affected = 1U << 0 | 1U << 3 | 1U << 4 | 1U << 5 | 1U << 6 | 1U << 8 | 1U << 13 |
                                       1U << 14 | 1U << 15 | 1U << 20 | 1U << 24 | 1U << 26 | 1U << 27;

/// Memory types: uncacheable, write combining, write through, write protected, write back, and for PAT UC-.
constexpr unsigned mtrr_types = 1U << 0 | 1U << 1 | 1U << 4 | 1U << 5 | 1U << 6;
constexpr unsigned pat_types = mtrr_types | 1U << 7;

bool types_valid(std::uint64_t types, unsigned allowed) {
    for (unsigned i = 0; i < 8; ++i)
        if (const std::uint64_t type = types >> (i * 8) & 0xff; type > 7 || !(allowed >> type & 1))
            return false;
    return true;
}

bool has(const Cpu& cpu, std::uint32_t edx_bit) { return cpu.model.leaf1_edx() & edx_bit; }
/// The P6 family and later have these without a CPUID bit.
bool p6_or_later(const Cpu& cpu) { return cpu.model.family() >= 6; }
bool has_misc_enable(const Cpu& cpu) { return cpu.model.has_feature(feature::sse2); }

/// An MSR that is a field of the state: present, and which values it takes.
struct StoredMsr {
    std::uint32_t index;
    std::uint64_t CpuState::*field;
    bool (*present)(const Cpu&);
    bool (*accepts)(std::uint64_t value);
};

bool accepts_any(std::uint64_t) { return true; }
bool refuses_all(std::uint64_t) { return false; }
bool accepts_32(std::uint64_t value) { return !(value >> 32); }
bool accepts_zero(std::uint64_t value) { return value == 0; }
/// No x2APIC mode.
bool accepts_apic_base(std::uint64_t value) {
    constexpr std::uint64_t address = physical_mask & ~std::uint64_t{0xfff};
    return !(value & ~(address | apic_base::bootstrap_processor | apic_base::enabled));
}
bool accepts_pat(std::uint64_t value) { return types_valid(value, pat_types); }
bool accepts_efer(std::uint64_t value) { return !(value & ~std::uint64_t{1U << 11}); }
bool accepts_mtrr_default(std::uint64_t value) {
    return !(value & ~std::uint64_t{0xcff}) && types_valid(value & 0xff, mtrr_types);
}

constexpr std::array stored{
    StoredMsr{msr::microcode_signature, &CpuState::bios_signature, p6_or_later, accepts_any},
    StoredMsr{msr::sysenter_cs, &CpuState::sysenter_cs, [](const Cpu& c) { return has(c, cpuid_edx::sep); },
              accepts_32},
    StoredMsr{msr::sysenter_esp, &CpuState::sysenter_esp, [](const Cpu& c) { return has(c, cpuid_edx::sep); },
              accepts_32},
    StoredMsr{msr::sysenter_eip, &CpuState::sysenter_eip, [](const Cpu& c) { return has(c, cpuid_edx::sep); },
              accepts_32},
    StoredMsr{msr::apic_base, &CpuState::apic_base, p6_or_later, accepts_apic_base},
    StoredMsr{msr::misc_enable, &CpuState::misc_enable, has_misc_enable, accepts_any},
    StoredMsr{msr::pat, &CpuState::pat, [](const Cpu& c) { return has(c, cpuid_edx::pat); }, accepts_pat},
    StoredMsr{msr::mtrr_default_type, &CpuState::mtrr_default,
              [](const Cpu& c) { return has(c, cpuid_edx::mtrr); }, accepts_mtrr_default},
    StoredMsr{msr::efer, &CpuState::efer, [](const Cpu& c) { return c.model.no_execute; }, accepts_efer},
};

/// An MSR that always reads the same; writes are refused or have no effect.
struct FixedMsr {
    std::uint32_t index;
    std::uint64_t value;
    bool (*present)(const Cpu&);
    bool (*accepts)(std::uint64_t value);
};

constexpr std::array fixed{
    FixedMsr{msr::machine_check_address, 0, [](const Cpu& c) { return c.model.family() == 5; }, accepts_any},
    FixedMsr{msr::machine_check_type, 0, [](const Cpu& c) { return c.model.family() == 5; }, accepts_any},
    FixedMsr{msr::platform_id, 0, p6_or_later, refuses_all},
    FixedMsr{msr::power_on_configuration, 0, p6_or_later, accepts_any},
    FixedMsr{msr::microcode_trigger, 0, p6_or_later, accepts_any},
    FixedMsr{msr::debug_control, 0, p6_or_later, accepts_any},
    // Eight variable ranges, the fixed ranges, write combining.
    FixedMsr{msr::mtrr_capabilities, 0x508, [](const Cpu& c) { return has(c, cpuid_edx::mtrr); },
             refuses_all},
    // No banks; a machine check is never in progress.
    FixedMsr{msr::machine_check_capabilities, 0, [](const Cpu& c) { return has(c, cpuid_edx::mca); },
             refuses_all},
    FixedMsr{msr::machine_check_status, 0, [](const Cpu& c) { return has(c, cpuid_edx::mca); }, accepts_zero},
    FixedMsr{msr::arch_capabilities, not_affected, [](const Cpu& c) { return c.model.arch_capabilities; },
             refuses_all},
};

/// Where a fixed-range or variable-range MTRR is kept, or nullptr.
std::uint64_t* mtrr(Cpu& cpu, std::uint32_t index) {
    static constexpr std::array<std::uint32_t, 11> fixed_ranges{0x250, 0x258, 0x259, 0x268, 0x269, 0x26a,
                                                                0x26b, 0x26c, 0x26d, 0x26e, 0x26f};
    if (!has(cpu, cpuid_edx::mtrr)) return nullptr;
    if (index >= msr::mtrr_variable_first && index <= msr::mtrr_variable_last)
        return &cpu.state.mtrr_variable[index - msr::mtrr_variable_first];
    const auto* found = std::ranges::find(fixed_ranges, index);
    if (found == fixed_ranges.end()) return nullptr;
    return &cpu.state.mtrr_fixed[static_cast<std::size_t>(found - fixed_ranges.begin())];
}

bool mtrr_accepts(std::uint32_t index, std::uint64_t value) {
    if (index > msr::mtrr_variable_last) return types_valid(value, mtrr_types);
    if (index & 1) return !(value & ~physical_mask) && !(value & 0x7ff);  // PHYSMASK
    return !(value & ~physical_mask) && !(value & 0xf00) &&
           types_valid(value & 0xff, mtrr_types);  // PHYSBASE
}

template <typename Table>
auto find_in(const Table& table, const Cpu& cpu, std::uint32_t index) {
    const auto* found = std::ranges::find(table, index, [](const auto& entry) { return entry.index; });
    return found != table.end() && found->present(cpu) ? found : nullptr;
}

}  // namespace

std::uint64_t read_msr(Cpu& cpu, std::uint32_t index) {
    if (index == msr::tsc) return cpu.outside.time_stamp() + cpu.state.tsc_offset;
    if (const auto* entry = find_in(stored, cpu, index)) return cpu.state.*entry->field;
    if (const auto* entry = find_in(fixed, cpu, index)) return entry->value;
    if (const std::uint64_t* range = mtrr(cpu, index)) return *range;
    cpu.outside.unknown_msr(index, false, 0);
    cpu.fault(Vector::gp, 0);
}

void write_msr(Cpu& cpu, std::uint32_t index, std::uint64_t value) {
    if (index == msr::tsc) {
        cpu.state.tsc_offset = value - cpu.outside.time_stamp();
    } else if (const auto* entry = find_in(stored, cpu, index)) {
        if (!entry->accepts(value)) cpu.fault(Vector::gp, 0);
        cpu.state.*entry->field = value;
        if (index == msr::efer) apply_paging(cpu);
        if (index == msr::apic_base) cpu.outside.apic_base_written(value);
    } else if (const auto* constant = find_in(fixed, cpu, index)) {
        if (!constant->accepts(value)) cpu.fault(Vector::gp, 0);
    } else {
        std::uint64_t* range = mtrr(cpu, index);
        if (!range) cpu.outside.unknown_msr(index, true, value);
        if (!range || !mtrr_accepts(index, value)) cpu.fault(Vector::gp, 0);
        *range = value;
    }
}

}  // namespace calque
