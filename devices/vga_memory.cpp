// Read modes 0 and 1, write modes 0 to 3, chain-4 and odd/even addressing.
#include "devices/vga_memory.hpp"

#include "devices/vbe.hpp"

#include <array>
#include <bit>

namespace calque {
namespace {

/// A byte in each of the four planes.
constexpr std::uint32_t in_all_planes(std::uint8_t value) { return value * 0x0101'0101U; }

constexpr std::array<std::uint32_t, 16> plane_table = [] {
    std::array<std::uint32_t, 16> table{};
    for (unsigned mask = 0; mask < 16; ++mask) {
        for (unsigned plane = 0; plane < 4; ++plane) {
            if (mask >> plane & 1) table[mask] |= 0xFFU << 8 * plane;
        }
    }
    return table;
}();

/// All bits of the planes in a mask of four bits.
std::uint32_t planes_of(unsigned mask) { return plane_table[mask & 0xF]; }

std::uint8_t byte_of_plane(std::uint32_t cell, unsigned plane) {
    return static_cast<std::uint8_t>(cell >> 8 * plane);
}

}  // namespace

/// High-colour modes have no planes: the window shows the bytes of the selected bank.
bool VgaMemory::linear() const {
    return vbe_enabled(state_.vbe) && vbe_register(state_.vbe, VbeRegister::bits_per_pixel) != 4;
}

/// Takes an offset in the 128 KiB window to one in the part that graphics register 6 selects.
bool VgaMemory::decode(std::uint32_t& offset) const {
    struct Part {
        std::uint32_t first, size;
    };
    constexpr Part parts[] = {{0, 0x2'0000}, {0, 0x1'0000}, {0x1'0000, 0x8000}, {0x1'8000, 0x8000}};
    const Part part = linear() ? parts[1] : parts[state_.graphics[6] >> 2 & 3];
    if (!(state_.misc_output & 2) && !linear()) return false;
    if (offset < part.first || offset - part.first >= part.size) return false;
    offset -= part.first;
    return true;
}

VgaMemory::Target VgaMemory::target_of_read(std::uint32_t address) const {
    const unsigned selected = state_.graphics[4];
    if (state_.sequencer[4] & 8) return {address >> 2, 1U << (address & 3)};
    if (state_.graphics[5] & 0x10) return {address >> 1, 1U << ((selected & 2) | (address & 1))};
    return {address, 1U << selected};
}

VgaMemory::Target VgaMemory::target_of_write(std::uint32_t address) const {
    const unsigned enabled = state_.sequencer[2];
    if (state_.sequencer[4] & 8) return {address >> 2, enabled & 1U << (address & 3)};
    if (!(state_.sequencer[4] & 4)) return {address >> 1, enabled & (address & 1 ? 0xAU : 0x5U)};
    return {address, enabled};
}

/// Without a dispi mode there are 64 Ki cells, as on the VGA.
std::uint32_t VgaMemory::cell_offset(std::uint32_t cell) const {
    if (!vbe_enabled(state_.vbe)) cell &= 0xFFFF;
    return (cell * 4) & static_cast<std::uint32_t>(memory_.size() - 1);
}

std::uint32_t VgaMemory::load(std::uint32_t cell) const {
    const auto bytes = memory_.subspan(cell_offset(cell), 4);
    std::uint32_t planes = 0;
    for (unsigned plane = 0; plane < 4; ++plane) planes |= std::uint32_t{bytes[plane]} << 8 * plane;
    return planes;
}

void VgaMemory::store(std::uint32_t cell, std::uint32_t planes) {
    const auto bytes = memory_.subspan(cell_offset(cell), 4);
    for (unsigned plane = 0; plane < 4; ++plane) bytes[plane] = byte_of_plane(planes, plane);
}

/// Does chain-4 move bytes as they are, as in the BIOS's 256-colour mode?
bool VgaMemory::plain_chain_4() const {
    const auto& graphics = state_.graphics;
    const bool chained = (state_.sequencer[4] & 8) && state_.sequencer[2] == 0xF;
    return chained && graphics[1] == 0 && graphics[3] == 0 && !(graphics[5] & 0xB) && graphics[8] == 0xFF;
}

/// Where an access is in memory if it moves bytes that lie side by side, and null if it does more than that.
std::uint8_t* VgaMemory::plain_bytes(std::uint32_t offset, unsigned size) const {
    if (!linear() && !plain_chain_4()) return nullptr;
    std::uint32_t last = offset + size - 1;
    if (!decode(offset) || !decode(last)) return nullptr;
    const std::uint64_t address = std::uint64_t{offset} + vbe_bank_offset(state_.vbe);
    return address + size <= memory_.size() ? &memory_[address] : nullptr;
}

std::uint64_t VgaMemory::read(std::uint32_t offset, unsigned size) {
    std::uint64_t value = 0;
    const std::uint8_t* const bytes = plain_bytes(offset, size);
    for (unsigned i = 0; i < size; ++i) {
        // The last byte goes the whole way, for the latches.
        const std::uint8_t byte = bytes && i + 1 < size ? bytes[i] : read_byte(offset + i);
        value |= std::uint64_t{byte} << 8 * i;
    }
    return value;
}

void VgaMemory::write(std::uint32_t offset, std::uint64_t value, unsigned size) {
    std::uint8_t* const bytes = plain_bytes(offset, size);
    for (unsigned i = 0; i < size; ++i) {
        const auto byte = static_cast<std::uint8_t>(value >> 8 * i);
        if (bytes) {
            bytes[i] = byte;
        } else {
            write_byte(offset + i, byte);
        }
    }
}

std::uint8_t VgaMemory::read_byte(std::uint32_t offset) {
    if (!decode(offset)) return 0xFF;
    const std::uint32_t address = offset + vbe_bank_offset(state_.vbe);
    if (linear()) return memory_[address & (memory_.size() - 1)];
    const Target target = target_of_read(address);
    state_.latches = load(target.cell);
    if (state_.graphics[5] & 8) return compare_colours();
    return byte_of_plane(state_.latches, static_cast<unsigned>(std::countr_zero(target.planes)));
}

/// Read mode 1: a bit is set where all planes that matter hold the colour looked for.
std::uint8_t VgaMemory::compare_colours() const {
    const std::uint32_t differing =
        (state_.latches ^ planes_of(state_.graphics[2])) & planes_of(state_.graphics[7]);
    const std::uint32_t any = differing | differing >> 16;
    return static_cast<std::uint8_t>(~(any | any >> 8));
}

void VgaMemory::write_byte(std::uint32_t offset, std::uint8_t value) {
    if (!decode(offset)) return;
    const std::uint32_t address = offset + vbe_bank_offset(state_.vbe);
    if (linear()) {
        memory_[address & (memory_.size() - 1)] = value;
        return;
    }
    const Target target = target_of_write(address);
    const std::uint32_t planes = planes_of(target.planes);
    store(target.cell, (load(target.cell) & ~planes) | (written_cell(value) & planes));
}

/// Graphics register 3 says how the latches enter; unmasked bits come from the latches alone.
std::uint32_t VgaMemory::combine(std::uint32_t source, std::uint32_t bit_mask) const {
    switch (state_.graphics[3] >> 3) {
        case 1: source &= state_.latches; break;
        case 2: source |= state_.latches; break;
        case 3: source ^= state_.latches; break;
        default: break;
    }
    return (source & bit_mask) | (state_.latches & ~bit_mask);
}

std::uint32_t VgaMemory::written_cell(std::uint8_t value) const {
    const std::uint32_t bit_mask = in_all_planes(state_.graphics[8]);
    const std::uint32_t set_reset = planes_of(state_.graphics[0]);
    const std::uint32_t rotated = in_all_planes(std::rotr(value, state_.graphics[3] & 7));
    switch (state_.graphics[5] & 3) {
        case 0: {
            const std::uint32_t enabled = planes_of(state_.graphics[1]);
            return combine((rotated & ~enabled) | (set_reset & enabled), bit_mask);
        }
        case 1: return state_.latches;
        case 2: return combine(planes_of(value & 0xFU), bit_mask);
        default: return combine(set_reset, bit_mask & rotated);
    }
}

}  // namespace calque
