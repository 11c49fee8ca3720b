// Bus master DMA: tables of regions, both directions, short and long tables, errors.
#include "ide_fixture.hpp"

#include <doctest/doctest.h>

using namespace calque;

namespace {

struct DmaFixture : IdeFixture {
    DmaFixture() {
        number_sectors(600);
        ide.add_disk(0, 0, std::make_unique<TestImage>(medium));
    }
};

}  // namespace

TEST_CASE_FIXTURE(DmaFixture, "ide dma: a read is scattered over the regions") {
    region(0, 0x2F00, 0x100, false);
    region(1, 0x8000, 0x300, true);
    address(7, 2);
    out(7, 0xC8);
    start_bus_master(true);
    CHECK(bus_master_status() == 0x01);
    settle();
    CHECK(bus_master_status() == 0x04);
    CHECK(interrupts == 1);
    CHECK(status() == 0x50);
    CHECK(memory.read(0x2F00, 1) == 7);
    CHECK(memory.read(0x2FFF, 1) == 7);
    CHECK(memory.read(0x3000, 1) == 0);
    CHECK(memory.read(0x80FF, 1) == 7);
    CHECK(memory.read(0x8100, 1) == 8);
    CHECK(memory.read(0x82FF, 1) == 8);
    stop_bus_master();
    ports.write(bus_master + 2, 0x04, 1);
    CHECK(bus_master_status() == 0);
}

TEST_CASE_FIXTURE(DmaFixture, "ide dma: the bus master may be started after the drive is ready") {
    region(0, 0x8000, 0x200, true);
    address(9, 1);
    command(0xC8);
    CHECK(interrupts == 0);
    CHECK(status() == 0x80);
    start_bus_master(true);
    CHECK(interrupts == 0);
    settle();
    CHECK(interrupts == 1);
    CHECK(memory.read(0x8000, 1) == 9);
}

TEST_CASE_FIXTURE(DmaFixture, "ide dma: a write is gathered") {
    memory.write(0x8000, 0x11, 1);
    memory.write(0x91FF, 0x22, 1);
    region(0, 0x8000, 0x200, false);
    region(1, 0x9000, 0x200, true);
    address(20, 2);
    out(7, 0xCA);
    start_bus_master(false);
    settle();
    CHECK(status() == 0x50);
    CHECK(medium.bytes[20 * 512] == 0x11);
    CHECK(medium.bytes[22 * 512 - 1] == 0x22);
}

TEST_CASE_FIXTURE(DmaFixture, "ide dma: a region of size 0 has 64 KiB, and a command may take many") {
    for (unsigned i = 0; i < 4; ++i) region(i, 0x10'0000 + i * 0x1'0000, 0, i == 3);
    address(0, 2, 0x40);  // 200h sectors, by 48-bit registers
    address(0, 0, 0x40);
    out(7, 0x25);
    start_bus_master(true);
    settle();
    CHECK(status() == 0x50);
    CHECK(memory.read(0x10'0000 + 511 * 512, 1) == 255);
    CHECK(bus_master_status() == 0x04);
}

TEST_CASE_FIXTURE(DmaFixture, "ide dma: a table longer than the data stays active") {
    region(0, 0x8000, 0x400, true);
    address(1, 1);
    out(7, 0xC8);
    start_bus_master(true);
    settle();
    CHECK(status() == 0x50);
    CHECK(bus_master_status() == 0x05);
}

TEST_CASE_FIXTURE(DmaFixture, "ide dma: a table shorter than the data is an error") {
    region(0, 0x8000, 0x200, true);
    address(1, 2);
    out(7, 0xC8);
    start_bus_master(true);
    settle();
    CHECK(status() == 0x41);
    CHECK((bus_master_status() & 0x03) == 0x02);
}

TEST_CASE_FIXTURE(DmaFixture, "ide dma: errors of the medium end the transfer") {
    region(0, 0x8000, 0x400, true);
    medium.failure = std::make_error_code(std::errc::io_error);
    address(1, 2);
    out(7, 0xC8);
    start_bus_master(true);
    settle();
    CHECK(status() == 0x41);
    CHECK(in(1) == 0x40);
    CHECK(interrupts == 1);
    stop_bus_master();

    medium.failure = std::make_error_code(std::errc::no_space_on_device);
    address(1, 2);
    out(7, 0xCA);
    start_bus_master(false);
    settle();
    CHECK(status() == 0x61);
}

TEST_CASE_FIXTURE(DmaFixture, "ide dma: stopping the bus master in time moves nothing") {
    region(0, 0x8000, 0x200, true);
    address(9, 1);
    out(7, 0xC8);
    start_bus_master(true);
    stop_bus_master();
    CHECK(bus_master_status() == 0);
    settle();
    CHECK(memory.read(0x8000, 1) == 0);
    control(4);
    control(0);
    settle();
    CHECK(status() == 0x50);
}

TEST_CASE_FIXTURE(DmaFixture, "ide dma: configuration space names the function") {
    CHECK(ide.config_read(0, 4) == 0x70108086);
    CHECK((ide.config_read(8, 4) >> 8) == 0x010180);
    ide.config_write(0x40, 0x80008000, 4);
    CHECK(ide.config_read(0x40, 4) == 0x80008000);
    ide.config_write(0x20, 0xFFFFFFFF, 4);
    CHECK(ide.config_read(0x20, 4) == 0xFFFFFFF1);
}

TEST_CASE_FIXTURE(DmaFixture, "ide dma: a BAR put on other chips' ports does not disturb them") {
    ide.config_write(0x20, 0x1F0, 4);
    CHECK(status() == 0x50);
    ide.config_write(0x20, bus_master, 4);
    CHECK(bus_master_status() == 0);
}
