// What reaches a machine from outside: keys, the mouse, serial lines, the network, media, buttons.
#pragma once

#include "machine/board.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace calque {

class Machine;

/// One input. What the numbers mean depends on the kind.
struct GuestInput {
    enum class Kind : std::uint8_t {
        key,           ///< Key, pressed
        motion,        ///< right, down, wheel
        buttons,       ///< mask
        serial,        ///< COM port (1, 2), byte
        frame,         ///< its bytes are `content`
        change,        ///< force; `drive` and `content`, a path
        eject,         ///< force; `drive`
        power_button,  ///< pressed
        reset,         ///< of the whole board
    };

    Kind kind = Kind::key;
    std::array<std::int32_t, 3> numbers{};
    std::string drive{};
    std::string content{};
};

template <typename Archive>
void describe(Archive& archive, GuestInput& input) {
    archive("kind", input.kind);
    archive("numbers", input.numbers);
    archive("drive", input.drive);
    archive("content", input.content);
}

/// The way in. As a rule what is given takes effect at once. While a run is recorded it takes effect at the
/// next border, where a replay can do the same, and is noted; in a replay only what was recorded counts.
///
/// On the machine's thread only.
class GuestInputs {
public:
    using Note = std::function<void(const GuestInput&)>;

    explicit GuestInputs(Machine& machine) : machine_(machine) {}
    GuestInputs(const GuestInputs&) = delete;
    GuestInputs& operator=(const GuestInputs&) = delete;

    /// From now on everything is noted when it takes effect; or nothing is let in but by replay().
    void record(Note note) { note_ = std::move(note); }
    void shut() { shut_ = true; }
    /// The other end of the network card's cable.
    void on_frame(std::function<void(EthernetFrame)> sink) { frame_ = std::move(sink); }

    void key(Key key, bool pressed);
    /// False if the keyboard has no room now.
    bool type(const KeyChord& chord);
    void move_mouse(int dx, int dy, int wheel = 0);
    void set_mouse_buttons(std::uint8_t buttons);
    void frame(EthernetFrame frame);
    void press_power_button();
    void reset();

    /// At a border only. What throws is as Drives says.
    void change(const std::string& drive, const std::string& path, Drives::Tray tray);
    void eject(const std::string& drive, Drives::Tray tray);

    /// As many as the UART takes now; how many that were. While a run is recorded `again` is called at the
    /// next border instead, and none are taken now.
    std::size_t receive(Uart16550& uart, std::span<const std::uint8_t> bytes,
                        const std::function<void()>& again);

    /// At a border: what was recorded takes effect again.
    void replay(const GuestInput& input) { apply(input); }

private:
    void give(GuestInput input);
    void give_now(const GuestInput& input);
    void apply(const GuestInput& input);

    Machine& machine_;
    Note note_;
    bool shut_ = false;
    bool at_border_ = false;
    std::size_t keys_underway_ = 0;  ///< to the next border
    std::function<void(EthernetFrame)> frame_;
};

}  // namespace calque
