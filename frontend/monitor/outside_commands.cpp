// What is outside the machine: keys, mouse, media, pictures, and waiting for what it shows.
#include "devices/keys.hpp"
#include "frontend/monitor/command.hpp"
#include "frontend/parse.hpp"
#include "frontend/screenshot.hpp"
#include "frontend/typist.hpp"
#include "frontend/usage_error.hpp"
#include "machine/saved_state_file.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

namespace calque {
namespace {

constexpr Nanoseconds default_limit = 60 * nanoseconds_per_second;

Nanoseconds limit_in(Words& words) {
    const auto word = words.optional();
    return word ? parse_seconds(*word) : default_limit;
}

/// Measures the host's time from the first question on.
class Patience {
public:
    explicit Patience(Nanoseconds limit) : limit_(limit) {}
    bool over() {
        const auto now = std::chrono::steady_clock::now();
        if (!began_) began_ = now;
        return now - *began_ >= std::chrono::nanoseconds{limit_};
    }

private:
    Nanoseconds limit_;
    std::optional<std::chrono::steady_clock::time_point> began_;
};

/// Waits until `holds` does.
template <typename Holds>
MonitorTask wait_until(std::string what, Nanoseconds limit, Holds holds) {
    return [what = std::move(what), patience = Patience(limit), holds](MonitorCall& call) mutable {
        if (holds(call)) return true;
        if (patience.over()) throw WaitRanOut(fmt::format("{} did not come in time", what));
        return false;
    };
}

MonitorTask wait_text(Words& words) {
    const std::string text = words.next("the text to wait for");
    if (text.empty()) throw UsageError("the text to wait for is empty");
    return wait_until(fmt::format("\"{}\"", text), limit_in(words), [text](const MonitorCall& call) {
        for (const std::string& row : call.board().chips().vga.text_screen()) {
            if (row.find(text) != std::string::npos) return true;
        }
        return call.monitor.transcript.find(text);
    });
}

MonitorTask wait_graphics(Words& words) {
    return wait_until("a graphics mode", limit_in(words),
                      [](const MonitorCall& call) { return call.board().chips().vga.graphics_mode(); });
}

MonitorTask wait_stop(Words& words) {
    return wait_until("a stop", limit_in(words),
                      [](const MonitorCall& call) { return call.machine().debugger().stopped(); });
}

MonitorTask wait(Words& words) {
    const Nanoseconds time = parse_seconds(words.next("the number of seconds"));
    return [patience = Patience(time)](const MonitorCall&) mutable { return patience.over(); };
}

// The keyboard takes only so much at a time.
MonitorTask type(Words& words) {
    const std::string text = words.next("the text to type");
    for (const char character : text) {
        if (!keys_for_character(character))
            throw UsageError(
                fmt::format("character {:#04x} cannot be typed", static_cast<unsigned char>(character)));
    }
    return [text, typist = std::optional<Typist>()](const MonitorCall& call) mutable {
        if (!typist) {
            GuestInputs& inputs = call.machine().inputs();
            typist.emplace([&inputs](const KeyChord& chord) { return inputs.type(chord); }).add(text);
        }
        return typist->go_on();
    };
}

std::vector<Key> parse_chord(const std::string& chord) {
    std::vector<Key> keys;
    for (std::size_t start = 0; start <= chord.size();) {
        const std::size_t end = std::min(chord.find('-', start), chord.size());
        const std::string name = chord.substr(start, end - start);
        const auto key = key_by_name(name);
        if (!key) throw UsageError(fmt::format("\"{}\" is not a key", name));
        keys.push_back(*key);
        start = end + 1;
    }
    return keys;
}

MonitorTask press(Words& words) {
    const std::vector<Key> keys = parse_chord(words.next("the key"));
    const auto held = words.optional();
    const Nanoseconds time = held ? parse_seconds(*held) : 0;
    return [keys, patience = Patience(time), pressed = false](const MonitorCall& call) mutable {
        GuestInputs& inputs = call.machine().inputs();
        if (!std::exchange(pressed, true)) {
            for (const Key key : keys) inputs.key(key, true);
        }
        if (!patience.over()) return false;
        for (auto key = keys.rbegin(); key != keys.rend(); ++key) inputs.key(*key, false);
        return true;
    };
}

int parse_distance(std::string_view text) {
    const bool negative = text.starts_with('-');
    const auto distance = static_cast<int>(parse_number(text.substr(negative ? 1 : 0), 10'000));
    return negative ? -distance : distance;
}

MonitorTask move_mouse(Words& words) {
    constexpr std::uint64_t all_buttons = 0x1F;
    const int dx = parse_distance(words.next("the distance to the right"));
    const int dy = parse_distance(words.next("the distance down"));
    const auto word = words.optional();
    const auto buttons = static_cast<std::uint8_t>(word ? parse_number(*word, all_buttons) : 0);
    return at_once([=](const MonitorCall& call) {
        GuestInputs& inputs = call.machine().inputs();
        inputs.move_mouse(dx, dy);
        inputs.set_mouse_buttons(buttons);
    });
}

/// Where states can be saved and replaced and media changed: at once if the machine stands still, else at the
/// next border.
template <typename Work>
MonitorTask at_border(Work work) {
    struct Errand {
        bool begun = false, done = false;
        std::string error;
    };
    return [work, errand = std::make_shared<Errand>()](const MonitorCall& call) {
        if (call.machine().debugger().stopped()) {
            work(call.machine());
            return true;
        }
        if (!std::exchange(errand->begun, true))
            call.machine().at_next_border([work, errand, &machine = call.machine()] {
                try {
                    work(machine);
                } catch (const std::runtime_error& error) {
                    errand->error = error.what();
                }
                errand->done = true;
            });
        if (!errand->error.empty()) throw std::runtime_error(errand->error);
        return errand->done;
    };
}

/// `-f` in front of the drive's name.
Drives::Tray takes_force(std::string& word, Words& words) {
    if (word != "-f") return Drives::Tray::respect_lock;
    word = words.next("the drive");
    return Drives::Tray::force;
}

MonitorTask change(Words& words) {
    std::string drive = words.next("the drive");
    const Drives::Tray tray = takes_force(drive, words);
    const std::string path = words.next("the image");
    return at_border([=](Machine& machine) { machine.inputs().change(drive, path, tray); });
}

MonitorTask eject(Words& words) {
    std::string drive = words.next("the drive");
    const Drives::Tray tray = takes_force(drive, words);
    return at_border([=](Machine& machine) { machine.inputs().eject(drive, tray); });
}

MonitorTask screenshot(Words& words) {
    const std::string path = words.next("the file");
    return at_once([=](const MonitorCall& call) {
        Framebuffer picture;
        call.board().chips().vga.render(picture);
        write_png(picture, path);
    });
}

MonitorTask save(Words& words) {
    const std::string path = words.next("the file");
    return at_border([path](Machine& machine) { write_state_file(save_state(machine.board()), path); });
}

MonitorTask load(Words& words) {
    const std::string path = words.next("the file");
    return at_border([path](Machine& machine) { machine.load(read_state_file(path)); });
}

MonitorTask trace_instructions(Words& words) {
    const std::string word = words.next("on or off");
    if (word == "off") return at_once([](const MonitorCall& call) { call.monitor.tracing.stop(); });
    if (word != "on") throw UsageError(fmt::format("\"{}\" is not on or off", word));
    const std::string path = words.next("the file");
    return at_once([path](const MonitorCall& call) { call.monitor.tracing.start({.path = path}); });
}

constexpr MonitorCommand commands[] = {
    {"save", "savevm", "FILE", "The machine's state into a file", save},
    {"load", "loadvm", "FILE", "Go on from a state in a file", load},
    {"type", "", "\"TEXT\"", "Type on the guest's keyboard", type},
    {"key", "sendkey", "KEY[-KEY]... [SECONDS]", "Press keys together, as ctrl-alt-delete", press},
    {"mouse", "mouse_move", "DX DY [BUTTONS]",
     "Move the mouse; buttons add up: 1 left, 2 right, 4 middle, 8, 16", move_mouse},
    {"change", "", "[-f] DRIVE FILE", "Put an image into a drive: fda, fdb, cdrom, hdc ...", change},
    {"eject", "", "[-f] DRIVE", "Take it out; -f does not ask the guest", eject},
    {"screenshot", "screendump", "FILE", "The screen as PNG", screenshot},
    {"trace", "", "on FILE|off", "Record every instruction there (calque help trace)", trace_instructions},
    {"wait-text", "", "\"TEXT\" [SECONDS]", "Wait for a text on the screen or a serial line (60)", wait_text},
    {"wait-graphics", "", "[SECONDS]", "Wait for a graphics mode (60)", wait_graphics},
    {"wait-stop", "", "[SECONDS]", "Wait until the machine stands still (60)", wait_stop},
    {"wait", "", "SECONDS", "Wait", wait},
};

}  // namespace

std::span<const MonitorCommand> outside_commands() { return commands; }

}  // namespace calque
