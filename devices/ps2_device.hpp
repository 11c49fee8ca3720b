// What the keyboard controller sees at either end of a PS/2 cable.
#pragma once

#include <cstdint>
#include <functional>

namespace calque {

class Ps2Device {
public:
    virtual ~Ps2Device() = default;
    /// A byte from the host.
    virtual void write(std::uint8_t byte) = 0;
    /// A byte is ready for the host.
    virtual bool has_output() const = 0;
    /// Takes the next byte; only while has_output().
    virtual std::uint8_t read() = 0;

    /// The controller listens here for has_output() becoming true.
    void on_output(std::function<void()> callback) { output_ = std::move(callback); }

protected:
    void tell_output() {
        if (output_ && has_output()) output_();
    }

private:
    std::function<void()> output_;
};

}  // namespace calque
