// The AT's way to report x87 errors: FERR# raises IRQ13 until the guest writes port F0h.
#pragma once

#include "devices/port_bus.hpp"
#include "devices/wire.hpp"

#include <cstdint>

namespace calque {

class CoprocessorError final : public PortDevice {
public:
    static constexpr std::uint16_t first_port = 0xF0, last_port = 0xF1;

    struct State {
        bool ferr = false;
        bool latched = false;
    };
    const State& state() const { return state_; }
    void restore(const State& state) {
        state_ = state;
        irq.set(state_.latched);
    }
    void reset() { restore({}); }

    /// The falling edge of the (active low) pin sets the latch.
    void set_ferr(bool asserted) {
        if (asserted && !state_.ferr) state_.latched = true;
        state_.ferr = asserted;
        irq.set(state_.latched);
    }
    std::uint32_t port_read(std::uint16_t, unsigned) override { return 0xFF; }
    void port_write(std::uint16_t, std::uint32_t, unsigned) override {
        state_.latched = false;
        irq.set(false);
    }

    Wire irq;

private:
    State state_;
};

template <typename Archive>
void describe(Archive& archive, CoprocessorError::State& state) {
    archive("ferr", state.ferr);
    archive("latched", state.latched);
}

}  // namespace calque
