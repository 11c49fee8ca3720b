// The guest's screen on its way from the machine's thread to the window's.
#pragma once

#include "devices/vga_framebuffer.hpp"
#include "machine/machine.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace calque {

class Window;

class Screen {
public:
    explicit Screen(Machine& machine) : machine_(machine) {}

    /// Asks the machine for a picture, unless it has been asked already.
    void request();
    /// Shows a picture that has come. True if one had.
    bool take(Window& window);
    /// How long to wait before the next request: longer while nothing changes.
    std::chrono::milliseconds interval() const { return interval_; }

    /// As of the last picture.
    std::uint64_t instructions() const { return instructions_; }
    std::string engine() const;

private:
    void draw();

    Machine& machine_;
    mutable std::mutex mutex_;
    Framebuffer picture_;  ///< guarded by mutex_, like engine_
    std::string engine_;
    bool changed_ = false;
    std::atomic<bool> requested_ = false, drawn_ = false;
    std::atomic<std::uint64_t> instructions_ = 0;
    std::chrono::milliseconds interval_{16};
    Framebuffer scratch_;  ///< the machine's thread's own
};

}  // namespace calque
