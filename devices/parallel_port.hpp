// The PC's parallel port, in its standard mode.
#pragma once

#include "devices/port_bus.hpp"

#include <cstdint>

namespace calque {

/// The registers of LPT1 with nothing in its connector: what is written reads back, and the lines that a
/// printer would drive float high. Only a printer's acknowledgement makes an interrupt, so there is none.
class ParallelPort final : public PortDevice {
public:
    struct State {
        std::uint8_t data = 0, control = 0;
    };
    static constexpr std::uint16_t first_port = 0x378, last_port = 0x37A;

    const State& state() const { return state_; }
    void restore(const State& state) { state_ = state; }
    void reset() { restore({}); }

    std::uint32_t port_read(std::uint16_t port, unsigned size) override;
    void port_write(std::uint16_t port, std::uint32_t value, unsigned size) override;

private:
    State state_;
};

template <typename Archive>
void describe(Archive& archive, ParallelPort::State& state) {
    archive("data", state.data);
    archive("control", state.control);
}

}  // namespace calque
