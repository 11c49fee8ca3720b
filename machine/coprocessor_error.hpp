// The AT's way to report x87 errors: FERR# raises IRQ13 until the guest writes port F0h, which asserts IGNNE#
// until FERR# goes away (SDM vol. 1, "MS-DOS Compatibility Sub-mode").
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
        bool ignne = false;
    };
    const State& state() const { return state_; }
    void restore(const State& state) {
        state_ = state;
        irq.set(state_.latched);
        ignne.set(state_.ignne);
    }
    void reset() { restore({}); }

    /// The falling edge of the (active low) pin sets the latch.
    void set_ferr(bool asserted) {
        if (asserted && !state_.ferr) state_.latched = true;
        state_.ferr = asserted;
        state_.ignne = state_.ignne && asserted;
        irq.set(state_.latched);
        ignne.set(state_.ignne);
    }
    std::uint32_t port_read(std::uint16_t, unsigned) override { return 0xFF; }
    void port_write(std::uint16_t, std::uint32_t, unsigned) override {
        state_.latched = false;
        state_.ignne = state_.ferr;
        irq.set(false);
        ignne.set(state_.ignne);
    }

    Wire irq, ignne;

private:
    State state_;
};

template <typename Archive>
void describe(Archive& archive, CoprocessorError::State& state) {
    archive("ferr", state.ferr);
    archive("latched", state.latched);
    archive("ignne", state.ignne);
}

}  // namespace calque
