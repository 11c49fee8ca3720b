// Microchip/National 93C46 serial EEPROM: 64 words of 16 bits behind three wires.
#pragma once

#include <array>
#include <cstdint>

namespace calque {

class Eeprom93c46 {
public:
    using Words = std::array<std::uint16_t, 64>;
    enum class Phase : std::uint8_t { standby, instruction, reading, writing, done };

    struct State {
        Words words{};
        Phase phase = Phase::standby;
        bool select = false, clock = false;
        bool output = true;          ///< DO; high means ready
        bool write_enabled = false;  ///< EWEN was given, and no EWDS since
        std::uint8_t opcode = 0;     ///< the two bits behind the start bit
        std::uint8_t address = 0;
        std::uint16_t shift = 0;  ///< bits on their way in or out
        std::uint8_t bits = 0;    ///< how many of them
    };

    explicit Eeprom93c46(State& state) : state_(state) {}

    /// The levels of CS, SK and DI after a change of any. Bits move on SK's rising edge.
    void set_inputs(bool select, bool clock, bool data);
    /// DO.
    bool output() const { return state_.output; }

private:
    void clock_in(bool data);
    void instruction_bit(bool data);
    void start();
    void read_bit();
    void write_bit(bool data);
    void extended();
    void store(std::uint16_t value);
    bool addresses_all() const;

    State& state_;
};

template <typename Archive>
void describe(Archive& archive, Eeprom93c46::State& state) {
    archive("words", state.words);
    archive("phase", state.phase);
    archive("select", state.select);
    archive("clock", state.clock);
    archive("output", state.output);
    archive("write_enabled", state.write_enabled);
    archive("opcode", state.opcode);
    archive("address", state.address);
    archive("shift", state.shift);
    archive("bits", state.bits);
}

}  // namespace calque
