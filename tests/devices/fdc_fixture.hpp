// The floppy disk controller on buses of its own, with a 1.44 MB disk in drive A:.
#pragma once

#include "bench_clock.hpp"
#include "devices/dma8237_pair.hpp"
#include "devices/fdc82077.hpp"
#include "test_image.hpp"

#include <initializer_list>
#include <string>
#include <vector>

namespace calque {

struct FdcFixture {
    using Bytes = std::vector<std::uint8_t>;
    static constexpr Nanoseconds millisecond = 1'000'000, revolution = 200 * millisecond;
    static constexpr std::uint32_t buffer = 0x23450;

    BenchClock time;
    PhysicalMemory memory{0x10'0000};
    PortBus ports;
    Dma8237Pair dma{memory, ports};
    Fdc82077 fdc{time.clock, dma};
    TestMedium medium;

    explicit FdcFixture(std::size_t sectors = 2880) {
        ports.attach(0x3F0, 0x3F5, fdc, "fdc");
        ports.attach(0x3F7, 0x3F7, fdc, "fdc");
        out(0xD6, 0xC0);  // the cascade of the DMA controllers
        out(0xD4, 0x00);
        number_sectors(sectors);
        fdc.add_drive(0, std::make_unique<TestImage>(medium));
        dor(0x1C);
        wait();
        for (unsigned i = 0; i < 4; ++i) command({0x08});
        specify(false);
        rate(0);
    }

    /// Each sector of the medium is filled with its number.
    void number_sectors(std::size_t count) {
        medium.bytes.resize(count * sector_size);
        for (std::size_t i = 0; i < medium.bytes.size(); ++i)
            medium.bytes[i] = static_cast<std::uint8_t>(i / sector_size);
    }

    void out(std::uint16_t port, unsigned value) { ports.write(port, value, 1); }
    unsigned in(std::uint16_t port) { return ports.read(port, 1); }
    void dor(unsigned value) { out(0x3F2, value); }
    void rate(unsigned value) { out(0x3F7, value); }
    unsigned status() { return in(0x3F4); }
    void specify(bool non_dma) { command({0x03, 0xDF, static_cast<std::uint8_t>(non_dma ? 3 : 2)}); }

    /// Lets guest time pass up to the interrupt, a second at most. Was there one?
    bool wait(Nanoseconds limit = nanoseconds_per_second) {
        const Nanoseconds end = time.now() + limit;
        while (!fdc.irq.level() && time.clock.next_deadline() <= end)
            time.advance_to(time.clock.next_deadline());
        return fdc.irq.level();
    }
    void write(std::initializer_list<std::uint8_t> bytes) {
        for (const std::uint8_t byte : bytes) out(0x3F5, byte);
    }
    Bytes result() {
        Bytes bytes;
        while ((status() & 0xD0) == 0xD0 && !(status() & 0x20))
            bytes.push_back(static_cast<std::uint8_t>(in(0x3F5)));
        return bytes;
    }
    /// A command that has its result at once.
    Bytes command(std::initializer_list<std::uint8_t> bytes) {
        write(bytes);
        return result();
    }
    /// A command that ends with an interrupt.
    Bytes execute(std::initializer_list<std::uint8_t> bytes) {
        write(bytes);
        return wait() ? result() : Bytes{};
    }
    /// A command without a result.
    Bytes move(std::initializer_list<std::uint8_t> bytes) {
        write(bytes);
        return wait(10 * nanoseconds_per_second) ? command({0x08}) : Bytes{};
    }
    void seek(std::uint8_t cylinder) { move({0x0F, 0, cylinder}); }

    /// Channel 2: mode 44h to memory, 48h from memory.
    void program_dma(unsigned mode, unsigned count) {
        out(0x0A, 0x06);
        out(0x0C, 0);
        out(0x0B, mode | 2);
        out(0x04, buffer & 0xFF);
        out(0x04, buffer >> 8 & 0xFF);
        out(0x81, buffer >> 16);
        out(0x05, (count - 1) & 0xFF);
        out(0x05, (count - 1) >> 8);
        out(0x0A, 0x02);
    }
    Bytes in_memory(std::size_t count) {
        Bytes bytes(count);
        memory.read_bytes(buffer, bytes);
        return bytes;
    }
    static Bytes filled(std::size_t sectors, unsigned value) {
        return Bytes(sectors * sector_size, static_cast<std::uint8_t>(value));
    }
    Bytes on_disk(std::size_t sector, std::size_t count = 1) const {
        const auto from = medium.bytes.begin() + static_cast<std::ptrdiff_t>(sector * sector_size);
        return {from, from + static_cast<std::ptrdiff_t>(count * sector_size)};
    }
};

}  // namespace calque
