// Ports by which firmware and tests talk to the host: debug consoles and the exit port.
#pragma once

#include "devices/port_bus.hpp"

#include <cstdint>
#include <functional>

namespace calque {

/// Ports E9h and 402h: every byte written goes to the sink. Reading E9h tells the guest that somebody
/// listens, at whichever port it is attached. Has no state.
class DebugConsole final : public PortDevice {
public:
    static constexpr std::uint16_t bochs_port = 0xE9, seabios_port = 0x402;

    void on_output(std::function<void(std::uint8_t)> sink) { sink_ = std::move(sink); }

    std::uint32_t port_read(std::uint16_t, unsigned) override { return 0xE9; }
    void port_write(std::uint16_t, std::uint32_t value, unsigned) override {
        if (sink_) sink_(static_cast<std::uint8_t>(value));
    }

private:
    std::function<void(std::uint8_t)> sink_;
};

/// A byte written here ends the run: the board turns it into an exit status. Has no state.
class ExitPort final : public PortDevice {
public:
    static constexpr std::uint16_t default_port = 0xF4;

    void on_exit(std::function<void(std::uint8_t)> callback) { exit_ = std::move(callback); }

    std::uint32_t port_read(std::uint16_t, unsigned) override { return 0xFF; }
    void port_write(std::uint16_t, std::uint32_t value, unsigned) override {
        if (exit_) exit_(static_cast<std::uint8_t>(value));
    }

private:
    std::function<void(std::uint8_t)> exit_;
};

}  // namespace calque
