// The guest's screen on its way from the machine's thread to the window's.
#pragma once

#include "devices/vga_framebuffer.hpp"
#include "machine/machine.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

namespace calque {

class Window;

class Screen {
public:
    /// `drawn` is called by the machine's thread when a picture has come.
    Screen(Machine& machine, std::function<void()> drawn) : machine_(machine), told_(std::move(drawn)) {}

    /// Asks the machine for a picture, unless it has been asked already.
    void request();
    /// Shows a picture that has come. True if one had.
    bool take(Window& window);
    /// How long to wait before the next request: longer while nothing changes.
    std::chrono::milliseconds interval() const { return interval_; }

    /// As of the last picture.
    struct Progress {
        std::uint64_t instructions = 0;
        Nanoseconds time = 0;  ///< of the guest
        std::chrono::steady_clock::time_point at;
        std::string engine;
    };
    Progress progress() const;

private:
    void draw();

    Machine& machine_;
    std::function<void()> told_;
    mutable std::mutex mutex_;
    Framebuffer picture_;  ///< guarded by mutex_, like the next three
    bool square_pixels_ = true;
    Progress progress_;
    bool changed_ = false;
    std::atomic<bool> requested_ = false, drawn_ = false;
    std::chrono::milliseconds interval_{16};
    Framebuffer scratch_;  ///< the machine's thread's own
};

}  // namespace calque
