// DMA programmed the way floppy drivers do.
#include "bench_clock.hpp"
#include "devices/dma8237_pair.hpp"

#include <doctest/doctest.h>

#include <numeric>

using namespace calque;

namespace {

struct Dma {
    PhysicalMemory memory{0x10'0000};
    PortBus ports;
    Dma8237Pair pair{memory, ports};
    Dma() {
        out(0xD6, 0xC0);  // channel 4 passes the first chip's requests on
        out(0xD4, 0x00);
    }
    void out(std::uint16_t port, unsigned value) { ports.write(port, value, 1); }
    unsigned in(std::uint16_t port) { return ports.read(port, 1); }
    /// Channel 2 at 23450h, `count` bytes.
    void program(unsigned mode, unsigned count) {
        out(0x0A, 0x06);
        out(0x0C, 0);
        out(0x0B, mode | 2);
        out(0x04, 0x50);
        out(0x04, 0x34);
        out(0x81, 0x02);
        out(0x05, (count - 1) & 0xFF);
        out(0x05, (count - 1) >> 8);
        out(0x0A, 0x02);
    }
    std::vector<std::uint8_t> at(PhysicalAddress address, std::size_t count) {
        std::vector<std::uint8_t> data(count);
        memory.read_bytes(address, data);
        return data;
    }
};

std::vector<std::uint8_t> counting(std::size_t size) {
    std::vector<std::uint8_t> data(size);
    std::iota(data.begin(), data.end(), std::uint8_t{1});
    return data;
}

}  // namespace

TEST_CASE("a sector goes to memory and ends with terminal count") {
    Dma dma;
    dma.program(0x44, 512);
    const auto sector = counting(600);
    const auto transfer = dma.pair.write_memory(2, sector);
    CHECK(transfer.moved == 512);
    CHECK(transfer.terminal_count);
    CHECK(dma.at(0x23450, 512) == counting(512));
    CHECK(dma.in(0x08) == 0x04);
    CHECK(dma.in(0x08) == 0x00);
    CHECK(dma.pair.write_memory(2, sector).moved == 0);
}

TEST_CASE("the other direction, in pieces, with counts read in between") {
    Dma dma;
    dma.memory.write_bytes(0x23450, counting(16));
    dma.program(0x48, 16);
    std::vector<std::uint8_t> piece(10);
    CHECK(dma.pair.write_memory(2, piece).moved == 0);
    CHECK(dma.pair.read_memory(2, piece).moved == 10);
    CHECK(piece == counting(10));
    dma.out(0x0C, 0);
    CHECK(dma.in(0x04) == 0x5A);
    CHECK(dma.in(0x04) == 0x34);
    CHECK(dma.in(0x05) == 5);
}

TEST_CASE("autoinitialize starts over, verify moves nothing, decrement goes down") {
    Dma dma;
    dma.program(0x54, 4);
    CHECK(dma.pair.write_memory(2, counting(4)).terminal_count);
    CHECK(dma.pair.write_memory(2, counting(1)).moved == 1);
    dma.program(0x40, 4);
    CHECK(dma.pair.write_memory(2, std::vector<std::uint8_t>(4)).moved == 4);
    CHECK(dma.at(0x23450, 4) == counting(4));
    dma.program(0x64, 2);
    dma.pair.write_memory(2, std::vector<std::uint8_t>{0xAA, 0xBB});
    CHECK(dma.at(0x2344F, 2) == std::vector<std::uint8_t>{0xBB, 0xAA});
}

TEST_CASE("word channels address words and skip the lowest page bit") {
    Dma dma;
    dma.out(0xD6, 0x45);
    dma.out(0xC4, 0x00);
    dma.out(0xC4, 0x80);
    dma.out(0x8B, 0x03);
    dma.out(0xC6, 0x01);
    dma.out(0xC6, 0x00);
    dma.out(0xD4, 0x01);
    const auto transfer = dma.pair.write_memory(5, counting(8));
    CHECK(transfer.moved == 4);
    CHECK(dma.at(0x30000, 4) == counting(4));
    CHECK(dma.in(0xD0) == 0x02);
}

TEST_CASE("the first chip reaches the bus through the second one's cascade") {
    Dma dma;
    dma.program(0x44, 4);
    dma.out(0xD4, 0x04);
    CHECK(dma.pair.write_memory(2, counting(4)).moved == 0);
    dma.out(0xD4, 0x00);
    dma.out(0xD6, 0x40);
    CHECK(dma.pair.write_memory(2, counting(4)).moved == 0);
    dma.out(0xD6, 0xC0);
    dma.out(0x0B, 0xC2);  // another bus master would be at channel 2
    CHECK(dma.pair.write_memory(2, counting(4)).moved == 0);
    dma.out(0x0B, 0x46);
    CHECK(dma.pair.write_memory(2, counting(4)).moved == 4);
}

TEST_CASE("memory to memory by a software request, from where channel 0 is to where channel 1 is") {
    Dma dma;
    dma.memory.write_bytes(0x1'2000, counting(8));
    const auto start = [&](unsigned command) {
        dma.out(0x0D, 0);
        dma.out(0x08, command);
        dma.out(0x87, 0x01);
        dma.out(0x83, 0x02);
        for (const auto& [port, value] :
             {std::pair{0x00u, 0x2000u}, {0x01u, 7u}, {0x02u, 0x3000u}, {0x03u, 7u}}) {
            dma.out(static_cast<std::uint16_t>(port), value & 0xFF);
            dma.out(static_cast<std::uint16_t>(port), value >> 8);
        }
        dma.out(0x0B, 0x88);
        dma.out(0x0B, 0x85);
        dma.out(0x09, 0x04);
    };
    start(0x00);
    CHECK(dma.at(0x2'3000, 8) == std::vector<std::uint8_t>(8));
    start(0x01);
    CHECK(dma.at(0x2'3000, 8) == counting(8));
    CHECK(dma.in(0x0D) == 8);
    CHECK(dma.in(0x08) == 0x02);
    start(0x03);  // the source's address stays
    CHECK(dma.at(0x2'3000, 8) == std::vector<std::uint8_t>(8, 1));
    start(0x05);  // disabled
    CHECK(dma.in(0x08) == 0x10);
}

TEST_CASE("a software request runs a block that no mask prevents, and only a block") {
    Dma dma;
    dma.program(0x44, 4);
    dma.out(0x0A, 0x06);
    dma.out(0x09, 0x06);
    CHECK(dma.in(0x08) == 0x40);
    dma.out(0x0B, 0x86);
    CHECK(dma.at(0x23450, 5) == std::vector<std::uint8_t>{0xFF, 0xFF, 0xFF, 0xFF, 0});
    CHECK(dma.in(0x08) == 0x04);
}

TEST_CASE("masks, master clear and the saved state") {
    Dma dma;
    dma.program(0x44, 16);
    Dma copy;
    copy.pair.restore(through_archive(dma.pair.state()));
    CHECK(copy.pair.write_memory(2, counting(3)).moved == 3);
    CHECK(copy.at(0x23450, 3) == counting(3));
    dma.out(0x0D, 0);
    CHECK(dma.in(0x0F) == 0xFF);
    CHECK(dma.pair.write_memory(2, counting(3)).moved == 0);
    CHECK(dma.in(0x81) == 0x02);
}
