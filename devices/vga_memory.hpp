// The host side of video memory: the window A0000h-BFFFFh with its planes, latches and write modes.
#pragma once

#include "devices/vga_state.hpp"

#include <cstdint>
#include <span>

namespace calque {

/// Plane n's byte at address a is byte 4*a+n of video memory, so that a cell of four planes is one
/// 32-bit word. Chained addresses count bytes of cells: in chain-4, address a is byte a; with odd and
/// even planes chained, address a is plane a&1 of cell a/2.
class VgaMemory {
public:
    VgaMemory(VgaState& state, std::span<std::uint8_t> memory) : state_(state), memory_(memory) {}

    /// `offset` is from A0000h; `size` is up to 8 bytes, which are accessed in order.
    std::uint64_t read(std::uint32_t offset, unsigned size);
    void write(std::uint32_t offset, std::uint64_t value, unsigned size);

private:
    struct Target {
        std::uint32_t cell;
        unsigned planes;  ///< a mask
    };
    std::uint8_t read_byte(std::uint32_t offset);
    void write_byte(std::uint32_t offset, std::uint8_t value);
    std::uint8_t* plain_bytes(std::uint32_t offset, unsigned size) const;
    bool linear() const;
    bool plain_chain_4() const;
    bool decode(std::uint32_t& offset) const;
    Target target_of_read(std::uint32_t address) const;
    Target target_of_write(std::uint32_t address) const;
    std::uint32_t cell_offset(std::uint32_t cell) const;
    std::uint32_t load(std::uint32_t cell) const;
    void store(std::uint32_t cell, std::uint32_t planes);

    std::uint8_t compare_colours() const;
    std::uint32_t combine(std::uint32_t source, std::uint32_t bit_mask) const;
    std::uint32_t written_cell(std::uint8_t value) const;

    VgaState& state_;
    std::span<std::uint8_t> memory_;
};

}  // namespace calque
