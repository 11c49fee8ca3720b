// Cascade wiring: the slave's INT drives the master's IR2.
#include "devices/pic8259_pair.hpp"

#include "devices/bits.hpp"

namespace calque {

namespace {

constexpr unsigned cascade = 2;
// IRQ0, 1, 2, 8 and 13 are edge-triggered on every board.
constexpr std::uint8_t master_elcr_mask = 0xF8, slave_elcr_mask = 0xDE;

}  // namespace

Pic8259Pair::Pic8259Pair() {
    slave_.interrupt.connect([this](bool level) { master_.set_line(cascade, level); });
    master_.interrupt.connect([this](bool level) { interrupt.set(level); });
}

const Pic8259Pair::State& Pic8259Pair::state() const {
    snapshot_ = {master_.state(), slave_.state(), drivers_};
    return snapshot_;
}

void Pic8259Pair::restore(const State& state) {
    drivers_ = state.drivers;
    slave_.restore(state.slave);
    master_.restore(state.master);
}

void Pic8259Pair::reset() {
    slave_.reset();
    master_.reset();
}

void Pic8259Pair::set_irq(unsigned irq, bool level, Source source) {
    drivers_[irq] = with_bit(drivers_[irq], source, level);
    (irq < 8 ? master_ : slave_).set_line(irq & 7, drivers_[irq] != 0);
}

// While the slave's request is being withdrawn the master may still pass on IR2: the slave then answers
// with its own spurious IR7 (IRQ15).
std::uint8_t Pic8259Pair::acknowledge() {
    if (master_.pending() != static_cast<int>(cascade)) return master_.acknowledge();
    master_.acknowledge();
    return slave_.acknowledge();
}

std::uint32_t Pic8259Pair::port_read(std::uint16_t port, unsigned /*size*/) {
    if (port == elcr_port) return master_.state().level_triggered;
    if (port == elcr_port + 1) return slave_.state().level_triggered;
    return (port < slave_port ? master_ : slave_).read(port & 1);
}

void Pic8259Pair::port_write(std::uint16_t port, std::uint32_t value, unsigned /*size*/) {
    const auto byte = byte_of(value);
    if (port == elcr_port) {
        master_.set_level_triggered(byte & master_elcr_mask);
    } else if (port == elcr_port + 1) {
        slave_.set_level_triggered(byte & slave_elcr_mask);
    } else {
        (port < slave_port ? master_ : slave_).write(port & 1, byte);
    }
}

}  // namespace calque
