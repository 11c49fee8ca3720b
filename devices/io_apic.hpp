// Intel 82093AA I/O APIC: 24 interrupt pins, each with a redirection entry.
#pragma once

#include "devices/apic_message.hpp"
#include "mmu/physical_memory.hpp"

#include <array>
#include <cstdint>
#include <functional>

namespace calque {

/// Names as in the data sheet. IOREGSEL and IOWIN at FEC00000h and 10h above.
class IoApic final : private MmioHandler {
public:
    static constexpr unsigned pins = 24;
    static constexpr PhysicalAddress base = 0xFEC0'0000;

    struct State {
        std::uint8_t selected = 0;
        std::uint8_t id = 0;
        std::array<std::uint64_t, pins> entries{};
        std::array<std::uint8_t, pins> drivers{};  ///< by pin: a bit for each that asserts it
    };

    explicit IoApic(PhysicalMemory& memory);
    const State& state() const { return state_; }
    void restore(const State& state) { state_ = state; }
    void reset();

    /// Asserted means high at the pins of ISA interrupts (0..15), low at those of PCI interrupts. A pin with
    /// several drivers (0..7) is asserted while one of them does so.
    void set_pin(unsigned pin, bool asserted, unsigned driver = 0);
    /// A local APIC has ended the interrupt with this vector.
    void end_of_interrupt(std::uint8_t vector);
    /// Sends to the local APICs; false if none takes the message.
    void on_message(std::function<bool(const ApicMessage&)> callback) { send_ = std::move(callback); }

private:
    std::uint64_t mmio_read(PhysicalAddress address, unsigned size) override;
    void mmio_write(PhysicalAddress address, std::uint64_t value, unsigned size) override;
    std::uint32_t read_register() const;
    void write_register(std::uint32_t value);
    void write_entry_low(unsigned pin, std::uint32_t value);

    bool active(unsigned pin) const;
    bool send(unsigned pin);
    void serve_level(unsigned pin);

    State state_;
    std::function<bool(const ApicMessage&)> send_;
};

template <typename Archive>
void describe(Archive& archive, IoApic::State& state) {
    archive("selected", state.selected);
    archive("id", state.id);
    archive("entries", state.entries);
    archive("drivers", state.drivers);
}

}  // namespace calque
