// Novell NE2000: a DP8390 with 16 KiB of memory and an address PROM, behind 32 ports.
#pragma once

#include "devices/dp8390.hpp"
#include "devices/port_bus.hpp"

#include <array>
#include <cstdint>

namespace calque {

/// The ports are, from a multiple of 32: the controller's 16 registers, the data port, the reset port. This
/// is the ISA card; the PCI card has one inside.
class Ne2000 final : public PortDevice, private Dp8390::LocalMemory {
public:
    static constexpr std::uint16_t port_count = 32;
    /// Where the jumpers of the ISA card put it, by custom.
    static constexpr std::uint16_t isa_base = 0x300;
    static constexpr unsigned isa_irq = 9;

    struct State {
        Dp8390::State controller;
        std::array<std::uint8_t, 16 << 10> memory{};
    };

    Ne2000(Clock& clock, const MacAddress& address);

    const State& state() const { return state_; }
    void restore(const State& state);
    void reset();

    Dp8390& controller() { return controller_; }
    const Dp8390& controller() const { return controller_; }

    /// Any size 1, 2, 4.
    std::uint32_t port_read(std::uint16_t port, unsigned size) override;
    void port_write(std::uint16_t port, std::uint32_t value, unsigned size) override;

private:
    std::uint8_t local_read(std::uint16_t address) const override;
    void local_write(std::uint16_t address, std::uint8_t value) override;
    std::uint8_t read_byte(unsigned offset);
    void write_byte(unsigned offset, std::uint8_t value);
    std::uint32_t read_data(unsigned size);
    void write_data(std::uint32_t value, unsigned size);

    State state_;
    std::array<std::uint8_t, 16> prom_{};
    Dp8390 controller_;
};

template <typename Archive>
void describe(Archive& archive, Ne2000::State& state) {
    archive("controller", state.controller);
    archive("memory", state.memory);
}

}  // namespace calque
