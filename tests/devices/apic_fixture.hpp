// A local APIC and what it is soldered to.
#pragma once

#include "bench_clock.hpp"
#include "devices/io_apic.hpp"
#include "devices/local_apic.hpp"

#include <cstdint>
#include <vector>

namespace calque {

/// A Pentium 4's local APIC as firmware leaves it: switched on, LINT0 for the 8259s, LINT1 for NMI; and an
/// I/O APIC that reaches it.
struct Apics {
    static constexpr std::uint32_t version = 0x5'0014;
    static constexpr std::uint64_t reset_base = 0xFEE0'0900;
    static constexpr PhysicalAddress local_base = 0xFEE0'0000;

    BenchClock bench;
    PhysicalMemory memory{1 << 20};
    LocalApic local{bench.clock, memory, version};
    IoApic io{memory};
    std::vector<std::uint8_t> ended;  ///< vectors of level-triggered interrupts
    unsigned nmis = 0, inits = 0, external_acknowledges = 0;

    explicit Apics(bool set_up = true) {
        local.on_external_acknowledge([this] {
            ++external_acknowledges;
            local.set_lint(0, false);
            return std::uint8_t{0x08};
        });
        local.on_end_of_interrupt([this](std::uint8_t vector) {
            ended.push_back(vector);
            io.end_of_interrupt(vector);
        });
        local.nmi.connect([this](bool level) { nmis += level; });
        local.init.connect([this](bool level) { inits += level; });
        io.on_message([this](const ApicMessage& message) { return local.receive(message); });
        local.set_base(reset_base);
        if (!set_up) return;
        write(0xF0, 0x1FF);
        write(0x350, 0x8700);
        write(0x360, 0x8400);
    }

    std::uint32_t read(unsigned offset) {
        return static_cast<std::uint32_t>(memory.read(local_base + offset, 4));
    }
    void write(unsigned offset, std::uint32_t value) { memory.write(local_base + offset, value, 4); }
    void request(std::uint8_t vector) { local.receive({.vector = vector}); }
    void end() { write(0xB0, 0); }

    std::uint32_t io_read(std::uint8_t index) {
        memory.write(IoApic::base, index, 1);
        return static_cast<std::uint32_t>(memory.read(IoApic::base + 0x10, 4));
    }
    void io_write(std::uint8_t index, std::uint32_t value) {
        memory.write(IoApic::base, index, 4);
        memory.write(IoApic::base + 0x10, value, 4);
    }
    /// An entry for APIC 0.
    void redirect(unsigned pin, std::uint32_t low) {
        io_write(static_cast<std::uint8_t>(0x11 + 2 * pin), 0);
        io_write(static_cast<std::uint8_t>(0x10 + 2 * pin), low);
    }
};

}  // namespace calque
