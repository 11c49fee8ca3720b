// Intel 8259A programmable interrupt controller: one chip.
#pragma once

#include "devices/wire.hpp"

#include <cstdint>

namespace calque {

/// Registers and priority logic. Requests are levels: an edge-triggered input whose level falls before it is
/// acknowledged withdraws its request (data sheet, "Interrupt Sequence"), so a mere pulse is no request.
class Pic8259 {
public:
    struct State {
        std::uint8_t lines = 0;  ///< levels of IR0..IR7
        std::uint8_t irr = 0;
        std::uint8_t isr = 0;
        std::uint8_t imr = 0;
        std::uint8_t level_triggered = 0;  ///< by input (ELCR)
        std::uint8_t icw1 = 0, icw2 = 0, icw3 = 0, icw4 = 0;
        std::uint8_t initialization_step = 0;  ///< the ICW expected next, 0 when operational
        std::uint8_t lowest_priority = 7;
        bool read_isr = false;
        bool poll = false;
        bool special_mask = false;
        bool rotate_on_auto_eoi = false;
    };

    const State& state() const { return state_; }
    void restore(const State& state);
    void reset();

    std::uint8_t read(bool a0);
    void write(bool a0, std::uint8_t value);
    void set_line(unsigned input, bool level);
    void set_level_triggered(std::uint8_t inputs);

    /// INTA: moves the best request to the ISR and returns its vector. With no request it is a spurious IR7.
    std::uint8_t acknowledge();
    /// The input that acknowledge() would take, -1 for none.
    int pending() const;

    Wire interrupt;  ///< INT

private:
    bool level_mode(unsigned input) const;
    unsigned distance(unsigned input) const;
    unsigned highest_in_service() const;
    unsigned highest_of(std::uint8_t inputs) const;
    bool outranked(unsigned input) const;
    std::uint8_t poll();
    std::uint8_t take(unsigned input);
    void begin_initialization(std::uint8_t icw1);
    void write_icw(std::uint8_t value);
    void write_ocw2(std::uint8_t value);
    void write_ocw3(std::uint8_t value);
    void update();

    State state_;
};

template <typename Archive>
void describe(Archive& archive, Pic8259::State& state) {
    archive("lines", state.lines);
    archive("irr", state.irr);
    archive("isr", state.isr);
    archive("imr", state.imr);
    archive("level_triggered", state.level_triggered);
    archive("icw1", state.icw1);
    archive("icw2", state.icw2);
    archive("icw3", state.icw3);
    archive("icw4", state.icw4);
    archive("initialization_step", state.initialization_step);
    archive("lowest_priority", state.lowest_priority);
    archive("read_isr", state.read_isr);
    archive("poll", state.poll);
    archive("special_mask", state.special_mask);
    archive("rotate_on_auto_eoi", state.rotate_on_auto_eoi);
}

}  // namespace calque
