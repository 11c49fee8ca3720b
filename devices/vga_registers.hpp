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
    /// `now` is for the status registers, which tell where the beam is and was.
    std::uint8_t read(std::uint16_t port, Nanoseconds now);
    void write(std::uint16_t port, std::uint8_t value);

    // The vertical retrace interrupt becomes pending at the end of a picture. Nobody but readers of input
    // status 0 sees it, so it is found out when one looks, and before the beam gets another timetable.

    bool awaits_retrace() const;
    /// Before a write that may change the beam's timetable, if awaits_retrace().
    void note_retrace(Nanoseconds now);
    /// After it, if awaits_retrace() now.
    void await_retrace(Nanoseconds now);

private:
    bool wrong_crtc(std::uint16_t port) const;
    std::uint8_t read_status0(Nanoseconds now);
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
