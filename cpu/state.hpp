// Architectural state of the processor: the ABI between the engines.
#pragma once

#include "cpu/status_flags.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace calque {

enum Gpr : unsigned { eax, ecx, edx, ebx, esp, ebp, esi, edi };
enum SegmentName : unsigned { seg_es, seg_cs, seg_ss, seg_ds, seg_fs, seg_gs, segment_count };

/// Bits of SegmentRegister::attributes: bits 8-23 of a descriptor's high word, moved to bit 0
/// (SDM vol. 3A, "Segment Descriptors").
namespace segment_attribute {
inline constexpr std::uint16_t accessed = 1, writable_or_readable = 2, expand_down_or_conforming = 4,
                               code = 8;
inline constexpr std::uint16_t type = 0xf, not_system = 0x10, present = 0x80;
inline constexpr std::uint16_t long_mode = 1U << 13, big = 1U << 14, granularity = 1U << 15;
}  // namespace segment_attribute

/// A segment register with its descriptor cache. A null or unusable one has attributes 0.
struct SegmentRegister {
    std::uint64_t base = 0;
    /// An access of offset+size <= read_end is allowed without further checks; 0 sends every access to the
    /// exact check. Derived from limit and attributes by refresh(); likewise write_end.
    std::uint64_t read_end = 0;
    std::uint64_t write_end = 0;
    std::uint32_t limit = 0;  ///< the last byte's offset (expand-up), granularity applied
    std::uint16_t attributes = 0;
    std::uint16_t selector = 0;

    unsigned dpl() const { return attributes >> 5 & 3U; }
    bool big() const { return attributes & segment_attribute::big; }
    void refresh();
};

struct TableRegister {
    std::uint64_t base = 0;
    std::uint32_t limit = 0;
};

/// x87 and SSE state in the layout of FXSAVE64 (SDM vol. 2A, "FXSAVE"), with room for the rest of XSAVE.
struct alignas(64) FpuArea {
    std::uint16_t fcw = 0x37f;
    std::uint16_t fsw = 0;
    std::uint8_t ftw = 0;  ///< abridged: bit set = not empty
    std::uint8_t reserved = 0;
    std::uint16_t fop = 0;
    std::uint64_t fip = 0;
    std::uint64_t fdp = 0;
    std::uint32_t mxcsr = 0x1f80;
    std::uint32_t mxcsr_mask = 0xffff;
    struct alignas(16) Register {
        std::array<std::uint8_t, 16> bytes{};
    };
    std::array<Register, 8> st{};  ///< ST(0)..ST(7) in stack order
    std::array<Register, 16> xmm{};
    std::array<std::uint8_t, 96> rest{};
};
static_assert(sizeof(FpuArea) == 512);

/// What holds back interrupts for exactly one instruction (SDM vol. 3A, "Masking Exceptions and Interrupts
/// When Switching Stacks").
enum class Inhibition : std::uint8_t { none, by_sti, by_mov_ss };

struct CpuState {
    /// RAX..R15; the 17th is what an absent base or index register reads as: always zero.
    std::array<std::uint64_t, 17> gpr{};
    std::uint64_t rip = 0;
    StatusFlags status;
    std::uint64_t other_flags = flag::always_one;  ///< RFLAGS without the six status flags

    std::array<SegmentRegister, segment_count> segments{};
    SegmentRegister ldtr, tr;
    TableRegister gdtr, idtr;

    std::uint64_t cr0 = 0, cr2 = 0, cr3 = 0, cr4 = 0, xcr0 = 1;
    std::array<std::uint64_t, 4> pdptes{};
    std::array<std::uint64_t, 8> dr{};

    std::uint64_t efer = 0, sysenter_cs = 0, sysenter_esp = 0, sysenter_eip = 0;
    std::uint64_t tsc_offset = 0, apic_base = 0, pat = 0, misc_enable = 0, bios_signature = 0,
                  mtrr_default = 0;
    std::array<std::uint64_t, 16> mtrr_variable{};
    std::array<std::uint64_t, 11> mtrr_fixed{};

    FpuArea fpu;

    std::uint8_t cpl = 0;
    Inhibition inhibition = Inhibition::none;
    bool halted = false;
    bool shutdown = false;     ///< after a triple fault, until reset
    bool nmi_blocked = false;  ///< from NMI delivery to IRET
    bool nmi_pending = false;
    bool repeating = false;  ///< RIP is at a repeated string instruction that has more iterations to go

    std::uint64_t instructions = 0;  ///< retired since reset of the machine

    std::uint32_t eflags() const { return static_cast<std::uint32_t>(other_flags) | status.pack(); }
    SegmentRegister& cs() { return segments[seg_cs]; }
    SegmentRegister& ss() { return segments[seg_ss]; }
    const SegmentRegister& cs() const { return segments[seg_cs]; }
    const SegmentRegister& ss() const { return segments[seg_ss]; }
    /// CS:RIP as a linear address.
    std::uint32_t linear_ip() const { return static_cast<std::uint32_t>(cs().base + rip); }
    std::uint32_t reg32(unsigned n) const { return static_cast<std::uint32_t>(gpr[n]); }
};
static_assert(offsetof(CpuState, gpr) == 0, "the engines index the general registers by byte offset");

/// CR0, CR4 bits (SDM vol. 3A, "Control Registers").
namespace cr0 {
inline constexpr std::uint32_t pe = 1, mp = 2, em = 4, ts = 8, et = 16, ne = 32, wp = 1U << 16, am = 1U << 18;
inline constexpr std::uint32_t nw = 1U << 29, cd = 1U << 30, pg = 1U << 31;
}  // namespace cr0
namespace cr4 {
inline constexpr std::uint32_t vme = 1, pvi = 2, tsd = 4, de = 8, pse = 16, pae = 32, mce = 64, pge = 128;
inline constexpr std::uint32_t pce = 256, osfxsr = 512, osxmmexcpt = 1024, umip = 2048;
}  // namespace cr4

/// Bits of IA32_APIC_BASE (SDM vol. 3A, "Local APIC Status and Location").
namespace apic_base {
inline constexpr std::uint64_t bootstrap_processor = 1U << 8, enabled = 1U << 11, reset = 0xfee0'0900;
}  // namespace apic_base

/// Exception vectors (SDM vol. 3A, "Exceptions and Interrupts").
enum class Vector : std::uint8_t {
    de = 0,
    db = 1,
    nmi = 2,
    bp = 3,
    of = 4,
    br = 5,
    ud = 6,
    nm = 7,
    df = 8,
    ts = 10,
    np = 11,
    ss = 12,
    gp = 13,
    pf = 14,
    mf = 16,
    ac = 17,
    mc = 18,
    xm = 19,
};

}  // namespace calque
