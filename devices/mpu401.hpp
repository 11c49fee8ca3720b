// The MIDI interface of a sound card in UART mode, with no instrument plugged in.
#pragma once

#include "devices/port_bus.hpp"

#include <cstdint>
#include <vector>

namespace calque {

/// Acknowledges commands and swallows MIDI: software that looks for one finds it, and hears nothing.
class Mpu401 final : public PortDevice {
public:
    static constexpr std::uint16_t first_port = 0x330, last_port = 0x331;

    struct State {
        bool uart = false;
        std::vector<std::uint8_t> replies;
    };

    const State& state() const { return state_; }
    void restore(const State& state) { state_ = state; }
    void reset() { restore({}); }

    std::uint32_t port_read(std::uint16_t port, unsigned size) override;
    void port_write(std::uint16_t port, std::uint32_t value, unsigned size) override;

private:
    State state_;
};

template <typename Archive>
void describe(Archive& archive, Mpu401::State& state) {
    archive("uart", state.uart);
    archive("replies", state.replies);
}

}  // namespace calque
