// The VGA's register ports 3B0h-3DFh.
#pragma once

#include "devices/clock.hpp"
#include "devices/vga_state.hpp"

#include <cstdint>

namespace calque {

/// Reads and writes of the registers, over a state that the owner keeps.
class VgaRegisters {
public:
    explicit VgaRegisters(VgaState& state) : state_(state) {}

    void reset();
    /// Throws std::runtime_error unless the state is one that the registers can be in.
    void check() const;
    /// `now` is for the status register, which tells where the beam is.
    std::uint8_t read(std::uint16_t port, Nanoseconds now);
    void write(std::uint16_t port, std::uint8_t value);

private:
    bool wrong_crtc(std::uint16_t port) const;
    std::uint8_t read_status(Nanoseconds now);
    std::uint8_t read_attribute() const;
    std::uint8_t read_dac();
    void write_attribute(std::uint8_t value);
    void write_sequencer(std::uint8_t value);
    void write_graphics(std::uint8_t value);
    void write_crtc(std::uint8_t value);
    void write_dac(std::uint8_t value);
    void select_dac(std::uint8_t& index, std::uint8_t value, std::uint8_t mode);

    VgaState& state_;
};

}  // namespace calque
