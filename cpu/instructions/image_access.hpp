// Memory images longer than any operand: checked as a whole, then moved piece by piece.
#pragma once

#include "cpu/cpu.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <span>

namespace calque {

/// Checks all of an image, so that moving it cannot fault half way. `alignment` is a power of two that #AC
/// wants; pieces of the image are moved at no larger alignment.
inline bool open_image(Cpu& cpu, const Insn& insn, std::size_t size, AccessKind kind, unsigned alignment) {
    cpu.current = &insn;
    const std::uint32_t offset = cpu.effective_address(insn);
    if (!cpu.check_segment(insn.segment, offset, static_cast<unsigned>(size), kind)) return false;
    const auto linear = static_cast<std::uint32_t>(cpu.state.segments[insn.segment].base + offset);
    if ((cpu.mode & mode::alignment_check) && (linear & (alignment - 1))) return cpu.raise(Vector::ac, 0);
    return cpu.mmu.probe(linear, size, cpu.view, kind) || cpu.raise_page_fault();
}

/// Moves an opened image; `Piece` divides its size and is at most as wide as its alignment.
template <typename Piece>
bool load_image(Cpu& cpu, const Insn& insn, std::span<std::uint8_t> image) {
    const std::uint32_t offset = cpu.effective_address(insn);
    for (std::size_t i = 0; i < image.size(); i += sizeof(Piece)) {
        Piece piece;
        if (!cpu.read(insn.segment, offset + static_cast<std::uint32_t>(i), piece)) return false;
        std::memcpy(image.data() + i, &piece, sizeof(piece));
    }
    return true;
}
template <typename Piece>
bool store_image(Cpu& cpu, const Insn& insn, std::span<const std::uint8_t> image) {
    const std::uint32_t offset = cpu.effective_address(insn);
    for (std::size_t i = 0; i < image.size(); i += sizeof(Piece)) {
        Piece piece;
        std::memcpy(&piece, image.data() + i, sizeof(piece));
        if (!cpu.write(insn.segment, offset + static_cast<std::uint32_t>(i), piece)) return false;
    }
    return true;
}

}  // namespace calque
