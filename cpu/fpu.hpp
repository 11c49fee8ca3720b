// Who holds the guest's x87 and MMX state at the moment: CpuState::fpu or the host's own registers.
#pragma once

#include "cpu/state.hpp"

#include <cstdint>

namespace calque {

/// The bits of the x87 status word and control word that matter here (SDM vol. 1, "x87 FPU Status Register").
namespace x87 {
inline constexpr std::uint16_t exceptions = 0x3f, precision = 0x20;
inline constexpr std::uint16_t error_summary = 0x80, busy = 0x8000;
inline constexpr std::uint16_t initial_control = 0x37f;
}  // namespace x87

/// An instruction in FOP's form.
constexpr std::uint16_t x87_fop(std::uint8_t opcode, std::uint8_t modrm) {
    return static_cast<std::uint16_t>((opcode & 7U) << 8 | modrm);
}
/// Makes FOP, FIP and FCS name an instruction (SDM vol. 1, "x87 FPU Instruction and Data (Operand)
/// Pointers").
inline void note_x87_instruction(CpuState& state, std::uint16_t fop, std::uint32_t ip) {
    state.fpu.fop = fop;
    state.fpu.fip = ip | std::uint64_t{state.cs().selector} << 32;
}

/// The guest's x87 unit, switched lazily as an operating system does it.
///
/// From the first x87 or MMX instruction of a run until release() the state lives in the host's x87
/// registers, under both engines, and the x87 part of CpuState::fpu is stale but for `fcw`, which is always
/// current. C++ between guest instructions is compiled without x87 and MMX and leaves the registers alone.
///
/// FOP, FIP and FCS name the last instruction but for control instructions, FDP and FDS only one that raised
/// an unmasked exception (CPUID's FDP_EXCPTN_ONLY): all that a handler asks for. They live in the FpuArea
/// even while `live`.
class FpuControl {
public:
    bool live = false;
    /// FSW.ES: an unmasked exception waits for the next waiting instruction. Computed anew by acquire(). The
    /// host's own unit must not be given a waiting instruction then: it would raise a signal.
    bool pending = false;
    /// IGNNE#: with CR0.NE clear, waiting instructions go on in spite of a pending exception.
    bool ignne = false;
    /// Exception flags that one such instruction must not see; given back at the next boundary.
    std::uint16_t set_aside = 0;

    void acquire(const FpuArea& area) {
        if (!live) load(area);
    }
    /// Leaves the host's unit as FNINIT does. Must come before anything reads the x87 part of `area`, and at
    /// the end of a run.
    void release(FpuArea& area) {
        if (live) store(area);
    }
    /// Gives back the flags that were set aside.
    void restore_exceptions(FpuArea& area);

private:
    void load(const FpuArea& area);
    void store(FpuArea& area);
};

}  // namespace calque
