// The Bochs dispi registers.
#include "devices/vbe.hpp"

#include <algorithm>
#include <array>

namespace calque {
namespace {

constexpr std::uint16_t first_id = 0xB0C0;
constexpr std::uint16_t newest_id = 0xB0C5;
constexpr std::uint16_t widest = 4096;
constexpr std::uint16_t highest = 4096;
constexpr std::uint16_t deepest = 32;
constexpr std::array<std::uint16_t, 6> depths{4, 8, 15, 16, 24, 32};

/// 15 bits a pixel take 16.
std::uint32_t storage_bits(const VbeState& state) {
    const std::uint16_t bits = vbe_register(state, VbeRegister::bits_per_pixel);
    return bits == 15 ? 16U : bits;
}

}  // namespace

std::uint32_t vbe_bytes_per_row(const VbeState& state) {
    return vbe_register(state, VbeRegister::virtual_width) * storage_bits(state) / 8;
}

std::uint32_t vbe_start(const VbeState& state) {
    std::uint32_t x = vbe_register(state, VbeRegister::x_offset);
    if (storage_bits(state) == 4) x &= ~7U;  // whole cells
    return vbe_register(state, VbeRegister::y_offset) * vbe_bytes_per_row(state) +
           x * storage_bits(state) / 8;
}

std::uint32_t vbe_bank_offset(const VbeState& state) {
    return vbe_enabled(state) ? std::uint32_t{vbe_register(state, VbeRegister::bank)} << 16 : 0;
}

void Vbe::reset() {
    state_ = {};
    at(VbeRegister::id) = newest_id;
}

void Vbe::restored() {
    if (vbe_enabled(state_)) fit_into_memory();
}

std::uint16_t Vbe::read(std::uint16_t index) const {
    if (index > static_cast<std::uint16_t>(VbeRegister::memory_in_64k)) return 0;
    const auto reg = static_cast<VbeRegister>(index);
    if (reg == VbeRegister::memory_in_64k) return memory_in_64k();
    if (vbe_register(state_, VbeRegister::enable) & vbe_enable::report_capabilities) {
        if (reg == VbeRegister::width) return widest;
        if (reg == VbeRegister::height) return highest;
        if (reg == VbeRegister::bits_per_pixel) return deepest;
    }
    return vbe_register(state_, reg);
}

void Vbe::write(std::uint16_t index, std::uint16_t value) {
    if (index >= static_cast<std::uint16_t>(VbeRegister::memory_in_64k)) return;
    const auto reg = static_cast<VbeRegister>(index);
    switch (reg) {
        case VbeRegister::id:
            if (value >= first_id && value <= newest_id) at(reg) = value;
            break;
        case VbeRegister::enable: write_enable(value); break;
        case VbeRegister::bank: write_bank(value); break;
        case VbeRegister::virtual_height: break;  // follows from the width
        default:
            at(reg) = value;
            if (vbe_enabled(state_)) fit_into_memory();
    }
}

void Vbe::write_enable(std::uint16_t value) {
    const bool was_enabled = vbe_enabled(state_);
    at(VbeRegister::enable) = value;
    at(VbeRegister::bank) = 0;
    if (!(value & vbe_enable::enabled) || was_enabled) return;
    at(VbeRegister::virtual_width) = 0;
    at(VbeRegister::x_offset) = 0;
    at(VbeRegister::y_offset) = 0;
    fit_into_memory();
    if (value & vbe_enable::keep_memory) return;
    std::ranges::fill(memory_.first(std::size_t{vbe_bytes_per_row(state_)} * at(VbeRegister::height)),
                      std::uint8_t{0});
}

/// At 4 bits a pixel a bank of 64 KiB covers 256 KiB of the memory's four planes.
void Vbe::write_bank(std::uint16_t value) {
    const unsigned banks = storage_bits(state_) == 4 ? memory_in_64k() / 4U : memory_in_64k();
    at(VbeRegister::bank) = static_cast<std::uint16_t>(value % std::max(banks, 1U));
}

/// Makes the registers describe a picture that lies inside the memory, whatever was written.
void Vbe::fit_into_memory() {
    std::uint16_t& bits = at(VbeRegister::bits_per_pixel);
    if (bits == 0) bits = 8;
    if (std::ranges::find(depths, bits) == depths.end()) bits = 32;

    std::uint16_t& width = at(VbeRegister::width);
    width = static_cast<std::uint16_t>(std::clamp<unsigned>(width & ~7U, 8, widest));
    std::uint16_t& virtual_width = at(VbeRegister::virtual_width);
    virtual_width = static_cast<std::uint16_t>(std::clamp<unsigned>(virtual_width & ~7U, width, 2 * widest));

    auto rows = static_cast<std::uint32_t>(memory_.size() / vbe_bytes_per_row(state_));
    if (rows == 0) {
        virtual_width = width;
        rows = static_cast<std::uint32_t>(memory_.size() / vbe_bytes_per_row(state_));
    }
    at(VbeRegister::virtual_height) = static_cast<std::uint16_t>(std::min<std::uint32_t>(rows, 0xFFFF));
    std::uint16_t& height = at(VbeRegister::height);
    height = static_cast<std::uint16_t>(std::clamp<unsigned>(height, 1, std::min<unsigned>(rows, highest)));

    std::uint16_t& x = at(VbeRegister::x_offset);
    x = std::min<std::uint16_t>(x, static_cast<std::uint16_t>(virtual_width - width));
    std::uint16_t& y = at(VbeRegister::y_offset);
    y = static_cast<std::uint16_t>(std::min<std::uint32_t>(y, rows - height));
}

}  // namespace calque
