// The two cascaded 8259As of an AT, with the edge/level control registers of PCI boards.
#pragma once

#include "devices/pic8259.hpp"
#include "devices/port_bus.hpp"

#include <array>
#include <cstdint>

namespace calque {

class Pic8259Pair final : public PortDevice {
public:
    static constexpr std::uint16_t master_port = 0x20, slave_port = 0xA0, elcr_port = 0x4D0;
    /// Who drives an input; the input is high while anybody drives it high.
    enum Source : std::uint8_t { isa = 0, pci = 1, acpi = 2, sound = 3, smbus = 4 };

    struct State {
        Pic8259::State master, slave;
        std::array<std::uint8_t, 16> drivers{};  ///< by IRQ: a bit a Source
    };

    Pic8259Pair();
    const State& state() const;
    void restore(const State& state);
    void reset();

    void set_irq(unsigned irq, bool level, Source source = isa);

    /// The vector for the CPU's interrupt acknowledge cycle.
    std::uint8_t acknowledge();

    /// Ports 20h, 21h, A0h, A1h, 4D0h, 4D1h.
    std::uint32_t port_read(std::uint16_t port, unsigned size) override;
    void port_write(std::uint16_t port, std::uint32_t value, unsigned size) override;

    Wire interrupt;  ///< INTR of the CPU

private:
    Pic8259 master_;
    Pic8259 slave_;
    std::array<std::uint8_t, 16> drivers_{};
    mutable State snapshot_;
};

template <typename Archive>
void describe(Archive& archive, Pic8259Pair::State& state) {
    archive("master", state.master);
    archive("slave", state.slave);
    archive("drivers", state.drivers);
}

}  // namespace calque
