// A PS/2 keyboard: keys in, scan codes out.
#pragma once

#include "devices/clock.hpp"
#include "devices/keys.hpp"
#include "devices/ps2_device.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace calque {

/// Keys wait as keys until the host takes their scan codes, so nothing typed is lost to a command, a disabled
/// keyboard or a slow guest; a reset of the guest's making does not clear them either. They leave `key_time`
/// apart at least, a fast typist's pace: a BIOS has room for 15 keys and whoever draws them must keep up.
class Ps2Keyboard final : public Ps2Device {
public:
    static constexpr std::size_t waiting_keys_limit = 16'384;
    static constexpr Nanoseconds key_time = 5'000'000;

    struct State {
        std::vector<std::uint16_t>
            waiting;  ///< keys not yet turned into scan codes: Key, bit 8 set if pressed
        std::vector<std::uint8_t> replies;  ///< to commands; they overtake scan codes
        std::vector<std::uint8_t> output;   ///< the rest of the present key's scan code
        std::uint8_t command = 0;           ///< waiting for this command's parameter
        std::uint8_t scan_code_set = 2;
        std::uint8_t typematic = 0x2B;
        std::uint8_t leds = 0;
        std::uint8_t last_byte = 0;
        bool scanning = true;
        Nanoseconds next_key_at = 0;
        Key held = Key::count;  ///< the key that repeats
        Nanoseconds repeat_at = never;
        std::uint8_t modifiers = 0;                  ///< HeldModifier
        std::array<std::uint8_t, 0x90> key_types{};  ///< KeyAction of scan code set 3, by code
    };

    explicit Ps2Keyboard(Clock& clock);
    const State& state() const { return state_; }
    void restore(const State& state);
    void reset();

    /// A key goes down or up. False, and forgotten, if too many are waiting.
    bool key(Key key, bool pressed);
    /// Whether it takes so many keys now.
    bool has_room(std::size_t keys) const { return state_.waiting.size() + keys <= waiting_keys_limit; }
    /// Keys that the guest has not taken yet.
    std::size_t waiting() const { return state_.waiting.size() + state_.output.size(); }
    /// Scroll Lock, Num Lock, Caps Lock in bits 0..2.
    std::uint8_t leds() const { return state_.leds; }

    void write(std::uint8_t byte) override;
    bool has_output() const override;
    std::uint8_t read() override;

private:
    bool scans() const { return state_.scanning && !state_.command; }
    bool key_due() const;
    void reply(std::uint8_t byte) { state_.replies.push_back(byte); }
    void set_defaults();
    void set_usual_key_types();
    void set_key_types(std::uint8_t command);
    void run_command(std::uint8_t command);
    void take_parameter(std::uint8_t command, std::uint8_t parameter);
    std::vector<std::uint8_t> code_of(std::uint16_t event) const;
    bool repeats(Key key) const;
    void take_event();
    void convert_next_key();
    void pass_over_silent_keys();
    void note_modifier(Key key, bool pressed);
    void hold(Key key);
    void repeat();
    Nanoseconds repeat_delay() const;
    Nanoseconds repeat_period() const;

    Clock& clock_;
    Timer key_timer_;
    Timer repeat_timer_;
    State state_;
};

template <typename Archive>
void describe(Archive& archive, Ps2Keyboard::State& state) {
    archive("waiting", state.waiting);
    archive("replies", state.replies);
    archive("output", state.output);
    archive("command", state.command);
    archive("scan_code_set", state.scan_code_set);
    archive("typematic", state.typematic);
    archive("leds", state.leds);
    archive("last_byte", state.last_byte);
    archive("scanning", state.scanning);
    archive("next_key_at", state.next_key_at);
    archive("held", state.held);
    archive("repeat_at", state.repeat_at);
    archive("modifiers", state.modifiers);
    archive("key_types", state.key_types);
}

}  // namespace calque
