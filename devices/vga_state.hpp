// Everything of the VGA that the guest can see or change, but for the video memory itself.
#pragma once

#include <array>
#include <cstdint>

namespace calque {

/// The Bochs dispi interface, by register index.
struct VbeState {
    std::uint16_t index = 0;
    std::array<std::uint16_t, 16> registers{};
};

/// Registers as the guest wrote them, by index within their group.
struct VgaState {
    std::uint8_t misc_output = 0;
    std::uint8_t feature_control = 0;
    std::uint8_t enabled = 1;

    std::uint8_t sequencer_index = 0;
    std::array<std::uint8_t, 8> sequencer{};
    std::uint8_t crtc_index = 0;
    std::array<std::uint8_t, 32> crtc{};
    std::uint8_t graphics_index = 0;
    std::array<std::uint8_t, 16> graphics{};
    std::uint8_t attribute_index = 0;     ///< with the palette address source in bit 5
    bool attribute_expects_data = false;  ///< the flip-flop of port 3C0h
    std::array<std::uint8_t, 32> attribute{};

    bool retrace_interrupt = false;   ///< pending
    std::uint64_t pictures_seen = 0;  ///< VgaBeam::pictures as last looked at, while the interrupt is awaited

    std::uint8_t dac_mask = 0xFF;
    std::uint8_t dac_read_index = 0;
    std::uint8_t dac_write_index = 0;
    std::uint8_t dac_component = 0;
    std::uint8_t dac_mode = 0;  ///< 0 after a write of 3C8h, 3 after one of 3C7h
    std::array<std::uint8_t, 3> dac_latch{};
    std::array<std::uint8_t, 768> dac{};

    std::uint32_t latches = 0;  ///< plane n in byte n
    VbeState vbe;
    std::uint8_t big_endian = 0;  ///< what the guest wrote to the byte-order register
};

template <typename Archive>
void describe(Archive& archive, VbeState& state) {
    archive("index", state.index);
    archive("registers", state.registers);
}

template <typename Archive>
void describe(Archive& archive, VgaState& state) {
    archive("misc_output", state.misc_output);
    archive("feature_control", state.feature_control);
    archive("enabled", state.enabled);
    archive("sequencer_index", state.sequencer_index);
    archive("sequencer", state.sequencer);
    archive("crtc_index", state.crtc_index);
    archive("crtc", state.crtc);
    archive("graphics_index", state.graphics_index);
    archive("graphics", state.graphics);
    archive("attribute_index", state.attribute_index);
    archive("attribute_expects_data", state.attribute_expects_data);
    archive("attribute", state.attribute);
    archive("retrace_interrupt", state.retrace_interrupt);
    archive("pictures_seen", state.pictures_seen);
    archive("dac_mask", state.dac_mask);
    archive("dac_read_index", state.dac_read_index);
    archive("dac_write_index", state.dac_write_index);
    archive("dac_component", state.dac_component);
    archive("dac_mode", state.dac_mode);
    archive("dac_latch", state.dac_latch);
    archive("dac", state.dac);
    archive("latches", state.latches);
    archive("vbe", state.vbe);
    archive("big_endian", state.big_endian);
}

}  // namespace calque
