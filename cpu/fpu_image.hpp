// The images of x87 state in memory (SDM vol. 1, "Saving the x87 FPU's State"; vol. 2A, "FXSAVE").
#pragma once

#include "cpu/state.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace calque {

/// The formats by operand size. Real and virtual-8086 mode hold the pointers as linear addresses.
inline constexpr std::size_t environment_size16 = 14, environment_size32 = 28, image_registers_size = 80;
inline constexpr std::size_t largest_image_size = environment_size32 + image_registers_size;
/// What FXSAVE stores outside 64-bit mode: eight XMM registers, and nothing behind them.
inline constexpr std::size_t fx_image_size = 288;

constexpr std::size_t environment_size(bool wide) { return wide ? environment_size32 : environment_size16; }

/// Two bits a register: valid, zero, special, empty; in order of register, not of stack position.
std::uint16_t full_tag_word(const FpuArea& area);
/// Only "empty or not" is kept, as processors keep it.
void set_full_tag_word(FpuArea& area, std::uint16_t tags);

/// Sets FSW.ES and B as the exception flags and the masks say.
void summarize_exceptions(FpuArea& area);

struct ImageFormat {
    bool wide;            ///< an environment of 28 bytes, not 14
    bool protected_mode;  ///< pointers as selectors and offsets
};
void write_environment(const FpuArea& area, ImageFormat format, std::span<std::uint8_t> image);
void read_environment(FpuArea& area, ImageFormat format, std::span<const std::uint8_t> image);

/// The eight registers behind an environment, ten bytes each.
void write_registers(const FpuArea& area, std::span<std::uint8_t> image);
void read_registers(FpuArea& area, std::span<const std::uint8_t> image);

/// FNINIT.
void initialize(FpuArea& area);

/// FXSAVE's and FXRSTOR's image outside 64-bit mode. MXCSR must have been found valid.
void write_fx_image(const FpuArea& area, std::span<std::uint8_t, fx_image_size> image);
void read_fx_image(FpuArea& area, std::span<const std::uint8_t, fx_image_size> image);

}  // namespace calque
