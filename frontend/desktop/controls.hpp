// What the window's thread has done to the machine, on the machine's own.
#pragma once

#include "devices/keys.hpp"
#include "frontend/typist.hpp"
#include "machine/machine.hpp"

#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>

namespace calque {

class Controls {
public:
    explicit Controls(Machine& machine)
        : machine_(machine), typist_([&](const KeyChord& chord) { return machine.inputs().type(chord); }) {}

    void quit();
    void key(Key key, bool pressed);
    /// Lets go of every key that is down.
    void release_keys();
    void press(std::initializer_list<Key> keys);
    void move_mouse(int dx, int dy, int wheel);
    void set_mouse_buttons(std::uint8_t buttons);
    void type(const std::string& text);
    /// To be called now and then: goes on with a text that is longer than the keyboard takes.
    void go_on_typing();
    void reset();
    void press_power_button();
    /// Puts an image into the drive that suits it.
    void insert(const std::string& path);
    void eject(const std::string& drive);
    void screenshot();

    /// What became of the last of these that has something to say; empty if it was told already.
    std::string take_notice();

private:
    void post(std::function<void()> action) { machine_.events().post(std::move(action)); }
    void tell(std::string text);
    /// Carries out an action on a drive and tells what came of it.
    void with_drives(const std::string& done, const std::function<void(GuestInputs&)>& action);

    Machine& machine_;
    Typist typist_;        ///< the machine's thread's
    bool typing_ = false;  ///< likewise
    std::set<Key> pressed_;
    std::mutex mutex_;
    std::string notice_;  ///< guarded by mutex_
};

/// "fda" for what has the size of a floppy disk and is no CD image, else "cdrom".
std::string drive_for(const std::string& path);

}  // namespace calque
