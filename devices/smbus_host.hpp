// The PIIX4's SMBus host controller, on a bus with nobody on it.
#pragma once

#include "devices/clock.hpp"
#include "devices/wire.hpp"

#include <array>
#include <cstdint>

namespace calque {

/// Names as in the 82371AB's data sheet, "SMBus I/O Space Registers". A transaction ends with DEV_ERR once
/// its address has gone unanswered.
class SmbusHost {
public:
    static constexpr unsigned register_count = 16, block_size = 32;
    /// A start condition, eight bits and the missing acknowledge at 16 kHz, half the RTC's oscillator.
    static constexpr Nanoseconds address_time = 10 * nanoseconds_per_second / 16'384;

    struct State {
        std::uint8_t status = 0;
        std::array<std::uint8_t, register_count> registers{};  ///< what reads back as written
        std::array<std::uint8_t, block_size> block{};
        std::uint8_t block_index = 0;
        Nanoseconds ends_at = never;  ///< of the transaction
    };

    explicit SmbusHost(Clock& clock);
    const State& state() const { return state_; }
    void restore(const State& state);
    void reset() { restore({}); }

    std::uint8_t read(unsigned offset);
    void write(unsigned offset, std::uint8_t value);

    Wire interrupt;  ///< while enabled and a cause is not yet cleared

private:
    void write_control(std::uint8_t value);
    void end(std::uint8_t cause);
    void update();

    Timer timer_;
    Clock& clock_;
    State state_;
};

template <typename Archive>
void describe(Archive& archive, SmbusHost::State& state) {
    archive("status", state.status);
    archive("registers", state.registers);
    archive("block", state.block);
    archive("block_index", state.block_index);
    archive("ends_at", state.ends_at);
}

}  // namespace calque
