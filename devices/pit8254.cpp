// Ports and edges of the interval timer.
#include "devices/pit8254.hpp"

#include "devices/bits.hpp"

namespace calque {

Pit8254::Pit8254(Clock& clock)
    : clock_(clock), edge_(clock, "pit8254", [this] { drive_out0(ticks_at(state_.edge_at, hertz)); }) {
    reset();
}

const Pit8254::State& Pit8254::state() const {
    for (std::size_t i = 0; i < counters_.size(); ++i) state_.counters[i] = counters_[i].state();
    return state_;
}

void Pit8254::restore(const State& state) {
    state_ = state;
    for (std::size_t i = 0; i < counters_.size(); ++i) counters_[i].restore(state.counters[i]);
    out0.set(state.out0);
    edge_.arm(state.edge_at);
}

// The 8254 has no reset pin and wakes up undefined; this is a board whose counter 2 has a low gate.
void Pit8254::reset() {
    for (PitCounter& counter : counters_) counter.restore({});
    counters_[2].set_gate(false, now());
    drive_out0(now());
}

std::uint32_t Pit8254::port_read(std::uint16_t port, unsigned /*size*/) {
    const unsigned index = port & 3;
    return index == 3 ? 0xFF : counters_[index].read(now());
}

void Pit8254::port_write(std::uint16_t port, std::uint32_t value, unsigned /*size*/) {
    const unsigned index = port & 3;
    if (index >= 2) tell_tone_change();
    if (index == 3)
        write_control(byte_of(value));
    else
        counters_[index].write_count(byte_of(value), now());
    if (index == 3 || index == 0) drive_out0(now());
}

void Pit8254::write_control(std::uint8_t control) {
    const unsigned select = control >> 6;
    if (select == 3)
        read_back(control);
    else if (control & 0x30)
        counters_[select].write_control(control, now());
    else
        counters_[select].latch_count(now());
}

// The two latch bits are active low.
void Pit8254::read_back(std::uint8_t command) {
    for (unsigned i = 0; i < counters_.size(); ++i) {
        if (!bit(command, i + 1)) continue;
        if (!bit(command, 5)) counters_[i].latch_count(now());
        if (!bit(command, 4)) counters_[i].latch_status(now());
    }
}

// Follows OUT from edge to edge, each at its own tick, so that a host that looks late loses none.
void Pit8254::drive_out0(Ticks at) {
    const bool level = counters_[0].out(at);
    const Ticks next = counters_[0].next_edge(at);
    state_.out0 = level;
    state_.edge_at = next < 0 ? never : time_of_tick(next, hertz);
    edge_.arm(state_.edge_at);
    out0.set(level);
}

}  // namespace calque
