// Intel 8042 as the PS/2 keyboard and auxiliary device controller.
#pragma once

#include "devices/clock.hpp"
#include "devices/port_bus.hpp"
#include "devices/ps2_device.hpp"
#include "devices/wire.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

namespace calque {

/// Ports 60h and 64h. Its own replies are there at once; a byte from a device takes `byte_time` on the cable,
/// so that no guest is flooded.
class Ps2Controller8042 final : public PortDevice {
public:
    static constexpr std::uint16_t data_port = 0x60, command_port = 0x64;
    static constexpr Nanoseconds byte_time = 1'000'000;

    struct State {
        std::uint8_t command_byte = 0x03;    ///< byte 0 of the chip's RAM
        std::array<std::uint8_t, 32> ram{};  ///< the other bytes
        std::uint8_t output_port = 0x03;     ///< bit 0: not resetting, bit 1: A20
        std::uint8_t command = 0;            ///< waiting for this command's parameter
        std::uint8_t output = 0;
        bool output_full = false;
        bool output_is_aux = false;
        bool last_write_was_command = false;
        bool self_test_passed = false;
        bool release_prefix = false;        ///< F0h came in while translating
        std::vector<std::uint8_t> replies;  ///< pairs: is_aux, byte
        Nanoseconds transfer_at = never;
    };

    /// The devices must outlive the controller.
    Ps2Controller8042(Clock& clock, Ps2Device& keyboard, Ps2Device& mouse);
    const State& state() const { return state_; }
    void restore(const State& state);
    void reset() { restore({}); }

    /// The guest pulsed or dropped the reset line.
    void on_reset(std::function<void()> callback) { reset_line_ = std::move(callback); }

    std::uint32_t port_read(std::uint16_t port, unsigned size) override;
    void port_write(std::uint16_t port, std::uint32_t value, unsigned size) override;

    Wire keyboard_irq;  ///< IRQ1
    Wire mouse_irq;     ///< IRQ12
    Wire a20;

private:
    std::uint8_t status() const;
    std::uint8_t read_data();
    void write_data(std::uint8_t value);
    void write_command(std::uint8_t command);
    void run_command(std::uint8_t command);
    void take_parameter(std::uint8_t command, std::uint8_t value);
    void set_command_bit(std::uint8_t mask, bool set);
    void set_output_port(std::uint8_t value);
    void reply(std::uint8_t byte, bool aux = false);

    Ps2Device* ready_device() const;
    void put(std::uint8_t byte, bool aux);
    void pump();
    void transfer();
    void transfer_keyboard();
    void update_irqs();

    Clock& clock_;
    Ps2Device& keyboard_;
    Ps2Device& mouse_;
    Timer transfer_timer_;
    State state_;
    std::function<void()> reset_line_;
};

template <typename Archive>
void describe(Archive& archive, Ps2Controller8042::State& state) {
    archive("command_byte", state.command_byte);
    archive("ram", state.ram);
    archive("output_port", state.output_port);
    archive("command", state.command);
    archive("output", state.output);
    archive("output_full", state.output_full);
    archive("output_is_aux", state.output_is_aux);
    archive("last_write_was_command", state.last_write_was_command);
    archive("self_test_passed", state.self_test_passed);
    archive("release_prefix", state.release_prefix);
    archive("replies", state.replies);
    archive("transfer_at", state.transfer_at);
}

}  // namespace calque
