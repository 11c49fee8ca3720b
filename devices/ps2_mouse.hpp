// A PS/2 mouse with three buttons and, once asked for in the IntelliMouse way, a wheel or a wheel and two
// more.
#pragma once

#include "devices/ps2_device.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace calque {

class Ps2Mouse final : public Ps2Device {
public:
    enum Buttons : std::uint8_t { left = 1, right = 2, middle = 4, fourth = 8, fifth = 16 };

    struct State {
        std::vector<std::int32_t> motions;  ///< not yet reported: x, y, wheel and buttons of each
        std::vector<std::uint8_t> output;
        std::uint8_t command = 0;  ///< waiting for this command's parameter
        std::uint8_t id = 0;       ///< 3 with the wheel, 4 with five buttons as well
        std::uint8_t sample_rate = 100;
        std::uint8_t resolution = 2;
        std::uint8_t buttons = 0;
        std::uint8_t last_byte = 0;
        std::array<std::uint8_t, 2> earlier_rates{};
        bool reporting = false;
        bool remote = false;
        bool wrap = false;
        bool scaling = false;
    };

    const State& state() const { return state_; }
    void restore(const State& state);
    void reset() { restore({}); }

    /// `dx` to the right, `dy` down, `wheel` toward the user.
    void move(int dx, int dy, int wheel = 0);
    /// A mask of Buttons.
    void set_buttons(std::uint8_t buttons);

    void write(std::uint8_t byte) override;
    bool has_output() const override;
    std::uint8_t read() override;

private:
    void reply(std::uint8_t byte) { state_.output.push_back(byte); }
    bool reports() const { return state_.reporting && !state_.remote && !state_.wrap && !state_.command; }
    std::uint8_t fourth_byte(std::int32_t wheel, std::int32_t buttons) const;
    void add_motion(std::int32_t dx, std::int32_t dy, std::int32_t wheel, std::int32_t buttons);
    void report();
    void set_defaults();
    void run_command(std::uint8_t command);
    void take_parameter(std::uint8_t command, std::uint8_t parameter);
    void set_sample_rate(std::uint8_t rate);
    void reply_status();

    State state_;
};

template <typename Archive>
void describe(Archive& archive, Ps2Mouse::State& state) {
    archive("motions", state.motions);
    archive("output", state.output);
    archive("command", state.command);
    archive("id", state.id);
    archive("sample_rate", state.sample_rate);
    archive("resolution", state.resolution);
    archive("buttons", state.buttons);
    archive("last_byte", state.last_byte);
    archive("earlier_rates", state.earlier_rates);
    archive("reporting", state.reporting);
    archive("remote", state.remote);
    archive("wrap", state.wrap);
    archive("scaling", state.scaling);
}

}  // namespace calque
