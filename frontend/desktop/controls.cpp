// Actions posted to the machine's thread.
#include "frontend/desktop/controls.hpp"

#include "frontend/screenshot.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>

namespace calque {

void Controls::quit() {
    post([this] { machine_.finish({RunEnd::quit}); });
}

void Controls::key(Key key, bool pressed) {
    if (pressed)
        pressed_.insert(key);
    else
        pressed_.erase(key);
    post([this, key, pressed] { machine_.inputs().key(key, pressed); });
}

void Controls::release_keys() {
    while (!pressed_.empty()) key(*pressed_.begin(), false);
}

void Controls::press(std::initializer_list<Key> keys) {
    for (const Key one : keys) key(one, true);
    release_keys();
}

void Controls::move_mouse(int dx, int dy, int wheel) {
    post([this, dx, dy, wheel] { machine_.inputs().move_mouse(dx, dy, wheel); });
}

void Controls::set_mouse_buttons(std::uint8_t buttons) {
    post([this, buttons] { machine_.inputs().set_mouse_buttons(buttons); });
}

// A line's end may come as CR LF.
void Controls::type(const std::string& text) {
    std::string typed = text;
    std::erase(typed, '\r');
    post([this, typed] {
        typist_.add(typed);
        typing_ = !typist_.go_on();
    });
}

void Controls::go_on_typing() {
    post([this] {
        if (typing_) typing_ = !typist_.go_on();
    });
}

void Controls::reset() {
    post([this] { machine_.inputs().reset(); });
}

void Controls::press_power_button() {
    post([this] { machine_.inputs().press_power_button(); });
}

void Controls::insert(const std::string& path) {
    const std::string drive = drive_for(path), name = std::filesystem::path(path).filename().string();
    with_drives(fmt::format("{} is in {}", name, drive == "fda" ? "A:" : "the CD-ROM drive"),
                [=](GuestInputs& inputs) { inputs.change(drive, path, Drives::Tray::respect_lock); });
}

void Controls::eject(const std::string& drive) {
    with_drives(fmt::format("{} is ejected", drive == "fda" ? "A:" : "the CD"),
                [=](GuestInputs& inputs) { inputs.eject(drive, Drives::Tray::respect_lock); });
}

void Controls::with_drives(const std::string& done, const std::function<void(GuestInputs&)>& action) {
    const auto act = [this, done, action] {
        try {
            action(machine_.inputs());
            tell(done);
        } catch (const std::runtime_error& error) {
            tell(error.what());
        }
    };
    post([this, act] { machine_.at_next_border(act); });
}

void Controls::screenshot() {
    post([this] {
        const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
        const std::string path = fmt::format("calque-{:%Y%m%d-%H%M%S}.png", fmt::localtime(now));
        Framebuffer picture;
        machine_.board().chips().vga.render(picture);
        try {
            write_png(picture, path);
            tell(path);
        } catch (const std::exception& error) {
            tell(error.what());
        }
    });
}

void Controls::tell(std::string text) {
    const std::scoped_lock lock(mutex_);
    notice_ = std::move(text);
}

std::string Controls::take_notice() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(notice_, {});
}

std::string drive_for(const std::string& path) {
    constexpr std::streamoff volume_descriptor = 0x8001;
    constexpr std::uintmax_t largest_floppy = 2880 << 10;
    constexpr std::string_view iso_9660 = "CD001";
    std::error_code error;
    if (std::filesystem::file_size(path, error) > largest_floppy || error) return "cdrom";
    std::array<char, iso_9660.size()> mark{};
    std::ifstream file(path, std::ios::binary);
    file.seekg(volume_descriptor).read(mark.data(), mark.size());
    return std::string_view(mark.data(), mark.size()) == iso_9660 ? "cdrom" : "fda";
}

}  // namespace calque
