// Port by port: the general, sequencer, CRT controller, graphics, attribute and DAC registers.
#include "devices/vga_registers.hpp"

#include "devices/vbe.hpp"
#include "devices/vga_geometry.hpp"

#include <array>
#include <stdexcept>

namespace calque {
namespace {

/// Bits that exist, by register.
constexpr std::array<std::uint8_t, 8> sequencer_bits{0x03, 0x3D, 0x0F, 0x3F, 0x0E};
constexpr std::array<std::uint8_t, 16> graphics_bits{0x0F, 0x0F, 0x0F, 0x1F, 0x03, 0x7B, 0x0F, 0x0F, 0xFF};

constexpr unsigned crtc_registers = 0x19;
constexpr unsigned attribute_registers = 0x15;

std::uint8_t attribute_bits(unsigned index) {
    if (index < 0x10) return 0x3F;
    constexpr std::array<std::uint8_t, 5> control{0xEF, 0xFF, 0x3F, 0x0F, 0x0F};
    return control[index - 0x10];
}

}  // namespace

void VgaRegisters::reset() {
    const VbeState vbe = state_.vbe;
    state_ = {};
    state_.vbe = vbe;
    state_.misc_output = 0x01;
}

void VgaRegisters::check() const {
    const bool possible = state_.sequencer_index < 8 && state_.crtc_index < 0x20 &&
                          state_.graphics_index < 0x10 && state_.dac_component < 3;
    if (!possible) throw std::runtime_error("the saved state of the VGA is damaged");
}

/// Misc output bit 0 chooses where the CRT controller answers: 3Bxh (monochrome) or 3Dxh.
bool VgaRegisters::wrong_crtc(std::uint16_t port) const {
    const bool monochrome_port = port < 0x3C0;
    const bool colour_port = port >= 0x3D0;
    return state_.misc_output & 1 ? monochrome_port : colour_port;
}

std::uint8_t VgaRegisters::read(std::uint16_t port, Nanoseconds now) {
    if (wrong_crtc(port)) return 0xFF;
    switch (port) {
        case 0x3C0: return state_.attribute_index;
        case 0x3C1: return read_attribute();
        case 0x3C2: return read_status0(now);
        case 0x3C3: return state_.enabled;
        case 0x3C4: return state_.sequencer_index;
        case 0x3C5: return state_.sequencer[state_.sequencer_index];
        case 0x3C6: return state_.dac_mask;
        case 0x3C7: return state_.dac_mode;
        case 0x3C8: return state_.dac_write_index;
        case 0x3C9: return read_dac();
        case 0x3CA: return state_.feature_control;
        case 0x3CC: return state_.misc_output;
        case 0x3CE: return state_.graphics_index;
        case 0x3CF: return state_.graphics[state_.graphics_index];
        case 0x3B4:
        case 0x3D4: return state_.crtc_index;
        case 0x3B5:
        case 0x3D5: return state_.crtc[state_.crtc_index];
        case 0x3BA:
        case 0x3DA: return read_status(now);
        default: return 0xFF;
    }
}

void VgaRegisters::write(std::uint16_t port, std::uint8_t value) {
    if (wrong_crtc(port)) return;
    switch (port) {
        case 0x3C0: write_attribute(value); break;
        case 0x3C2: state_.misc_output = value; break;
        case 0x3C3: state_.enabled = value & 1; break;
        case 0x3C4: state_.sequencer_index = value & 7; break;
        case 0x3C5: write_sequencer(value); break;
        case 0x3C6: state_.dac_mask = value; break;
        case 0x3C7: select_dac(state_.dac_read_index, value, 3); break;
        case 0x3C8: select_dac(state_.dac_write_index, value, 0); break;
        case 0x3C9: write_dac(value); break;
        case 0x3CE: state_.graphics_index = value & 0xF; break;
        case 0x3CF: write_graphics(value); break;
        case 0x3B4:
        case 0x3D4: state_.crtc_index = value & 0x1F; break;
        case 0x3B5:
        case 0x3D5: write_crtc(value); break;
        case 0x3BA:
        case 0x3DA: state_.feature_control = value; break;
        default: break;
    }
}

/// Switch sense says a colour monitor.
std::uint8_t VgaRegisters::read_status0(Nanoseconds now) {
    note_retrace(now);
    return state_.retrace_interrupt ? 0x90 : 0x10;
}

/// Bit 5 of register 11h disables the interrupt, bit 4 holds it clear.
bool VgaRegisters::awaits_retrace() const { return (state_.crtc[0x11] & 0x30) == 0x10; }

void VgaRegisters::note_retrace(Nanoseconds now) {
    if (!awaits_retrace()) return;
    const std::uint64_t pictures = vga_beam(state_, now).pictures;
    if (pictures != state_.pictures_seen) state_.retrace_interrupt = true;
    state_.pictures_seen = pictures;
}

void VgaRegisters::await_retrace(Nanoseconds now) { state_.pictures_seen = vga_beam(state_, now).pictures; }

/// Reading the status makes port 3C0h expect an index.
std::uint8_t VgaRegisters::read_status(Nanoseconds now) {
    state_.attribute_expects_data = false;
    const VgaBeam beam = vga_beam(state_, now);
    return static_cast<std::uint8_t>((beam.displaying ? 0 : 1) | (beam.vertical_retrace ? 8 : 0));
}

std::uint8_t VgaRegisters::read_attribute() const { return state_.attribute[state_.attribute_index & 0x1F]; }

void VgaRegisters::write_attribute(std::uint8_t value) {
    if (state_.attribute_expects_data) {
        const unsigned index = state_.attribute_index & 0x1F;
        if (index < attribute_registers) state_.attribute[index] = value & attribute_bits(index);
    } else {
        state_.attribute_index = value & 0x3F;
    }
    state_.attribute_expects_data = !state_.attribute_expects_data;
}

void VgaRegisters::write_sequencer(std::uint8_t value) {
    const unsigned index = state_.sequencer_index;
    state_.sequencer[index] = value & sequencer_bits[index];
}

void VgaRegisters::write_graphics(std::uint8_t value) {
    const unsigned index = state_.graphics_index;
    state_.graphics[index] = value & graphics_bits[index];
}

/// Register 11h bit 7 protects registers 0-7, but for the line compare bit in register 7.
void VgaRegisters::write_crtc(std::uint8_t value) {
    const unsigned index = state_.crtc_index;
    if (index >= crtc_registers) return;
    if ((state_.crtc[0x11] & 0x80) && index <= 7) {
        if (index == 7) state_.crtc[7] = static_cast<std::uint8_t>((state_.crtc[7] & ~0x10) | (value & 0x10));
        return;
    }
    state_.crtc[index] = value;
    if (!(state_.crtc[0x11] & 0x10)) state_.retrace_interrupt = false;
}

void VgaRegisters::select_dac(std::uint8_t& index, std::uint8_t value, std::uint8_t mode) {
    index = value;
    state_.dac_component = 0;
    state_.dac_mode = mode;
}

std::uint8_t VgaRegisters::read_dac() {
    const std::uint8_t value = state_.dac[state_.dac_read_index * 3U + state_.dac_component];
    if (++state_.dac_component == 3) {
        state_.dac_component = 0;
        ++state_.dac_read_index;
    }
    return value;
}

/// A colour takes effect with its third component.
void VgaRegisters::write_dac(std::uint8_t value) {
    state_.dac_latch[state_.dac_component] = vbe_dac_8bit(state_.vbe) ? value : value & 0x3F;
    if (++state_.dac_component < 3) return;
    for (unsigned i = 0; i < 3; ++i) state_.dac[state_.dac_write_index * 3U + i] = state_.dac_latch[i];
    state_.dac_component = 0;
    ++state_.dac_write_index;
}

}  // namespace calque
