// Intel 8254 programmable interval timer, with the gate and output wiring of a PC.
#pragma once

#include "devices/clock.hpp"
#include "devices/pit_counter.hpp"
#include "devices/port_bus.hpp"
#include "devices/wire.hpp"

#include <array>
#include <cstdint>
#include <functional>

namespace calque {

/// Ports 40h..43h. Only counter 0 has a wire, so only its edges need a timer; the other counters are
/// computed when somebody looks.
class Pit8254 final : public PortDevice {
public:
    static constexpr std::uint16_t first_port = 0x40, last_port = 0x43;
    static constexpr std::int64_t hertz = 1'193'182;

    struct State {
        std::array<PitCounter::State, 3> counters;
        bool out0 = false;            ///< the level last driven on the wire
        Nanoseconds edge_at = never;  ///< when it changes next
    };

    explicit Pit8254(Clock& clock);
    const State& state() const;
    void restore(const State& state);
    void reset();

    std::uint32_t port_read(std::uint16_t port, unsigned size) override;
    void port_write(std::uint16_t port, std::uint32_t value, unsigned size) override;

    void set_gate2(bool gate) {
        tell_tone_change();
        counters_[2].set_gate(gate, now());
    }
    bool out2() { return counters_[2].out(now()); }
    /// OUT of counter 2 at a tick that is not before the last change, and the tick of its next edge, -1 for
    /// never.
    bool tone_out(Ticks tick) const { return counters_[2].out(tick); }
    Ticks next_tone_edge(Ticks tick) const { return counters_[2].next_edge(tick); }
    /// Called before anything that may change what counter 2 does.
    void on_tone_change(std::function<void()> callback) { tone_change_ = std::move(callback); }
    /// Ticks of a period of the tone that counter 2 makes, 0 for none.
    Ticks tone_period() const { return counters_[2].period(); }

    Wire out0;  ///< IRQ0

private:
    Ticks now() { return ticks_at(clock_.now(), hertz); }
    void write_control(std::uint8_t control);
    void read_back(std::uint8_t command);
    void drive_out0(Ticks at);
    void tell_tone_change() {
        if (tone_change_) tone_change_();
    }

    Clock& clock_;
    std::array<PitCounter, 3> counters_;
    Timer edge_;
    std::function<void()> tone_change_;
    mutable State state_;  ///< its counters are filled in by state()
};

template <typename Archive>
void describe(Archive& archive, Pit8254::State& state) {
    archive("counters", state.counters);
    archive("out0", state.out0);
    archive("edge_at", state.edge_at);
}

}  // namespace calque
