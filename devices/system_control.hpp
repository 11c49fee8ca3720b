// The small system control ports of an AT: 61h (counter 2 and speaker), 92h (fast A20 and reset) and 80h
// (power-on self test code).
#pragma once

#include "devices/pit8254.hpp"
#include "devices/port_bus.hpp"
#include "devices/wire.hpp"

#include <cstdint>
#include <functional>

namespace calque {

/// Port 61h, "system control port B".
class SystemControlPortB final : public PortDevice {
public:
    static constexpr std::uint16_t port = 0x61;

    struct State {
        std::uint8_t control = 0;  ///< bit 0: gate of counter 2, bit 1: speaker data
    };

    SystemControlPortB(Clock& clock, Pit8254& pit) : clock_(clock), pit_(pit) {}
    const State& state() const { return state_; }
    void restore(const State& state) { state_ = state; }
    void reset();

    std::uint32_t port_read(std::uint16_t port, unsigned size) override;
    void port_write(std::uint16_t port, std::uint32_t value, unsigned size) override;

    /// The bit that lets counter 2 be heard.
    bool speaker_data() const { return state_.control & 2; }
    /// Called before a write.
    void on_change(std::function<void()> callback) { change_ = std::move(callback); }

private:
    Clock& clock_;
    Pit8254& pit_;
    State state_;
    std::function<void()> change_;
};

template <typename Archive>
void describe(Archive& archive, SystemControlPortB::State& state) {
    archive("control", state.control);
}

/// Port 92h, "system control port A". Its A20 is off after reset; the keyboard controller's, with which the
/// board combines it, is on.
class SystemControlPortA final : public PortDevice {
public:
    static constexpr std::uint16_t port = 0x92;

    struct State {
        std::uint8_t control = 0;
    };

    const State& state() const { return state_; }
    void restore(const State& state);
    void reset() { restore({}); }
    /// The fast reset bit rose.
    void on_reset(std::function<void()> callback) { reset_ = std::move(callback); }

    std::uint32_t port_read(std::uint16_t port, unsigned size) override;
    void port_write(std::uint16_t port, std::uint32_t value, unsigned size) override;

    Wire a20;

private:
    State state_;
    std::function<void()> reset_;
};

template <typename Archive>
void describe(Archive& archive, SystemControlPortA::State& state) {
    archive("control", state.control);
}

/// Port 80h: remembers the last code, and shows each to whoever looks.
class PostCode final : public PortDevice {
public:
    static constexpr std::uint16_t port = 0x80;
    static constexpr std::uint16_t ps2_port = 0x190;  ///< where a PS/2 has it; nobody answers there in an AT

    struct State {
        std::uint8_t code = 0;
    };
    const State& state() const { return state_; }
    void restore(const State& state) { state_ = state; }
    void reset() { state_ = {}; }
    void on_code(std::function<void(std::uint8_t)> callback) { shown_ = std::move(callback); }

    std::uint32_t port_read(std::uint16_t, unsigned) override { return state_.code; }
    void port_write(std::uint16_t, std::uint32_t value, unsigned) override {
        state_.code = static_cast<std::uint8_t>(value);
        if (shown_) shown_(state_.code);
    }

private:
    State state_;
    std::function<void(std::uint8_t)> shown_;
};

template <typename Archive>
void describe(Archive& archive, PostCode::State& state) {
    archive("code", state.code);
}

}  // namespace calque
