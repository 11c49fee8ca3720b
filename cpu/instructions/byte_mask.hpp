// MASKMOVQ and MASKMOVDQU: stores of selected bytes at DS:EDI.
#pragma once

#include "cpu/cpu.hpp"

#include <array>
#include <cstdint>

namespace calque {

/// Stores the bytes whose mask byte has its top bit set. All pages of the operand are checked, selected or
/// not.
template <std::size_t size>
bool store_masked(Cpu& cpu, const Insn& insn, const std::array<std::uint8_t, size>& bytes,
                  const std::array<std::uint8_t, size>& masks) {
    cpu.current = &insn;
    const std::uint32_t offset = cpu.state.reg32(edi) & insn.address_mask;
    if (!cpu.check_segment(insn.segment, offset, size, AccessKind::write)) return false;
    const auto linear = static_cast<std::uint32_t>(cpu.state.segments[insn.segment].base + offset);
    if (!cpu.mmu.probe(linear, size, cpu.view, AccessKind::write)) return cpu.raise_page_fault();
    for (std::uint32_t i = 0; i < size; ++i)
        if ((masks[i] & 0x80) && !cpu.write(insn.segment, offset + i, bytes[i])) return false;
    return true;
}

}  // namespace calque
