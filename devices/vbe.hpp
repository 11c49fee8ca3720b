// The Bochs dispi interface: high-resolution modes by a handful of 16-bit registers (id B0C5h).
#pragma once

#include "devices/vga_state.hpp"

#include <cstdint>
#include <span>

namespace calque {

enum class VbeRegister : std::uint8_t {
    id,
    width,
    height,
    bits_per_pixel,
    enable,
    bank,
    virtual_width,
    virtual_height,
    x_offset,
    y_offset,
    memory_in_64k,
};

namespace vbe_enable {
inline constexpr std::uint16_t enabled = 0x01;
inline constexpr std::uint16_t report_capabilities = 0x02;
inline constexpr std::uint16_t dac_8bit = 0x20;
inline constexpr std::uint16_t linear = 0x40;
inline constexpr std::uint16_t keep_memory = 0x80;
}  // namespace vbe_enable

inline std::uint16_t vbe_register(const VbeState& state, VbeRegister reg) {
    return state.registers[static_cast<std::size_t>(reg)];
}
inline bool vbe_enabled(const VbeState& state) {
    return vbe_register(state, VbeRegister::enable) & vbe_enable::enabled;
}
inline bool vbe_dac_8bit(const VbeState& state) {
    return vbe_register(state, VbeRegister::enable) & vbe_enable::dac_8bit;
}

/// Bytes from one row to the next. At 4 bits a pixel a byte of this is a byte over all planes.
std::uint32_t vbe_bytes_per_row(const VbeState& state);
/// Where in video memory the upper left pixel is.
std::uint32_t vbe_start(const VbeState& state);
/// Where in video memory the window at A0000h begins.
std::uint32_t vbe_bank_offset(const VbeState& state);

/// The registers' behaviour over a state and the memory that a mode set clears.
class Vbe {
public:
    Vbe(VbeState& state, std::span<std::uint8_t> memory) : state_(state), memory_(memory) {}

    std::uint16_t read(std::uint16_t index) const;
    void write(std::uint16_t index, std::uint16_t value);
    void reset();
    /// The state has been replaced: makes sure that its picture lies inside the memory.
    void restored();

private:
    std::uint16_t& at(VbeRegister reg) { return state_.registers[static_cast<std::size_t>(reg)]; }
    std::uint16_t memory_in_64k() const { return static_cast<std::uint16_t>(memory_.size() >> 16); }
    void write_enable(std::uint16_t value);
    void write_bank(std::uint16_t value);
    void fit_into_memory();

    VbeState& state_;
    std::span<std::uint8_t> memory_;
};

}  // namespace calque
