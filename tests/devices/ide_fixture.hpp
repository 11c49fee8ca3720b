// The PIIX3's IDE function on buses of its own.
#pragma once

#include "devices/ide_piix.hpp"
#include "test_image.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

namespace calque {

struct IdeFixture {
    struct ManualTime final : TimeSource {
        Nanoseconds time = 0;
        Nanoseconds now() override { return time; }
    };

    ManualTime time;
    Clock clock{time};
    PhysicalMemory memory{4 << 20};
    PortBus ports;
    PiixIde ide{clock, memory, ports};
    TestMedium medium;
    unsigned base = 0x1F0;
    unsigned interrupts = 0;

    static constexpr unsigned bus_master = 0xC000;
    static constexpr unsigned table = 0x1000;

    IdeFixture() {
        ide.irq(0).connect([this](bool level) { interrupts += level; });
        ide.config_write(0x20, bus_master, 4);
        ide.config_write(4, 5, 2);
    }

    void out(unsigned offset, unsigned value) { ports.write(port(offset), value, 1); }
    unsigned in(unsigned offset) { return ports.read(port(offset), 1); }
    unsigned status() { return in(7); }
    unsigned alternate_status() { return ports.read(port(0x206), 1); }
    void control(unsigned value) { ports.write(port(0x206), value, 1); }
    std::uint16_t port(unsigned offset) const { return static_cast<std::uint16_t>(base + offset); }

    /// Lets guest time pass, deadline by deadline, until nothing is left to happen.
    void settle() {
        while (clock.next_deadline() != never) {
            time.time = std::max(time.time, clock.next_deadline());
            clock.run_expired();
        }
    }
    void command(unsigned opcode) {
        out(7, opcode);
        settle();
    }
    void address(std::uint32_t lba, unsigned count, unsigned device = 0xE0) {
        out(6, device | (lba >> 24 & 0xF));
        out(2, count);
        out(3, lba & 0xFF);
        out(4, lba >> 8 & 0xFF);
        out(5, lba >> 16 & 0xFF);
    }
    std::vector<std::uint8_t> read_data(std::size_t size, unsigned width = 2) {
        std::vector<std::uint8_t> bytes;
        while (bytes.size() < size) {
            const std::uint32_t value = ports.read(port(0), width);
            for (unsigned i = 0; i < width; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> 8 * i));
        }
        return bytes;
    }
    void write_data(std::span<const std::uint8_t> bytes) {
        for (std::size_t i = 0; i < bytes.size(); i += 2) {
            const std::uint32_t next = i + 1 < bytes.size() ? bytes[i + 1] : 0U;
            ports.write(port(0), bytes[i] | next << 8, 2);
        }
    }
    std::vector<std::uint16_t> read_words(std::size_t count) {
        const auto bytes = read_data(count * 2);
        std::vector<std::uint16_t> words;
        for (std::size_t i = 0; i < bytes.size(); i += 2) {
            words.push_back(static_cast<std::uint16_t>(bytes[i] | bytes[i + 1] << 8));
        }
        return words;
    }
    /// Each sector of the medium is filled with its number.
    void number_sectors(std::size_t count) {
        medium.bytes.resize(count * sector_size);
        for (std::size_t i = 0; i < medium.bytes.size(); ++i) {
            medium.bytes[i] = static_cast<std::uint8_t>(i / sector_size);
        }
    }

    void region(unsigned entry, std::uint32_t where, std::uint32_t size, bool last) {
        memory.write(table + entry * 8, where, 4);
        memory.write(table + entry * 8 + 4, size | (last ? 0x8000'0000U : 0U), 4);
    }
    void start_bus_master(bool to_memory) {
        ports.write(bus_master + 4, table, 4);
        ports.write(bus_master, to_memory ? 0x09 : 0x01, 1);
    }
    void stop_bus_master() { ports.write(bus_master, 0, 1); }
    unsigned bus_master_status() { return ports.read(bus_master + 2, 1); }
};

}  // namespace calque
