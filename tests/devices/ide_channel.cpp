// What two drives on a cable share: selection, resets, missing drives, interrupts, saved state.
#include "ide_fixture.hpp"

#include <doctest/doctest.h>

using namespace calque;

namespace {

struct ChannelFixture : IdeFixture {
    TestMedium second;
    ChannelFixture() {
        number_sectors(64);
        second.bytes.assign(64 * sector_size, 0x77);
    }
    void add_master() { ide.add_disk(0, 0, std::make_unique<TestImage>(medium)); }
    void add_slave() { ide.add_disk(0, 1, std::make_unique<TestImage>(second)); }
};

}  // namespace

TEST_CASE_FIXTURE(ChannelFixture, "ide channel: an empty cable floats, without BSY") {
    CHECK(status() == 0x7F);
    out(2, 0x55);
    CHECK(in(2) == 0x7F);
    command(0xEC);
    CHECK(status() == 0x7F);
    CHECK(interrupts == 0);
    base = 0x170;
    CHECK(alternate_status() == 0x7F);
}

TEST_CASE_FIXTURE(ChannelFixture, "ide channel: drive 0 answers for a missing drive 1, with a status of 0") {
    add_master();
    out(6, 0xB0);
    out(2, 0x55);
    out(3, 0xAA);
    CHECK(in(2) == 0x55);
    CHECK(in(3) == 0xAA);
    CHECK(in(6) == 0xB0);
    CHECK(status() == 0);
    command(0xEC);
    CHECK(status() == 0);
    CHECK(interrupts == 0);
    out(6, 0xA0);
    CHECK(status() == 0x50);
}

TEST_CASE_FIXTURE(ChannelFixture, "ide channel: commands go to the drive selected") {
    add_master();
    add_slave();
    address(1, 1, 0xF0);
    command(0x20);
    CHECK(read_data(512)[0] == 0x77);
    address(1, 1, 0xE0);
    command(0x20);
    CHECK(read_data(512)[0] == 1);
}

TEST_CASE_FIXTURE(ChannelFixture, "ide channel: only the drive selected drives the interrupt") {
    add_master();
    add_slave();
    out(6, 0xA0);
    command(0xE7);
    CHECK(ide.irq(0).level());
    out(6, 0xB0);
    CHECK_FALSE(ide.irq(0).level());
    out(6, 0xA0);
    CHECK(ide.irq(0).level());
    control(2);  // nIEN
    CHECK_FALSE(ide.irq(0).level());
    control(0);
    CHECK(ide.irq(0).level());
    status();
    CHECK_FALSE(ide.irq(0).level());
}

TEST_CASE_FIXTURE(ChannelFixture, "ide channel: software reset stops everything and leaves signatures") {
    add_master();
    ide.add_cdrom(0, 1, nullptr);
    address(0, 1, 0xF0);
    address(0, 1, 0xE0);
    command(0x20);
    CHECK(status() == 0x58);
    control(4);
    CHECK(status() == 0x80);
    control(0);
    CHECK(status() == 0x80);
    settle();
    CHECK(status() == 0x50);
    CHECK(in(1) == 1);
    CHECK(in(4) == 0);
    CHECK(interrupts == 1);
    out(6, 0xB0);
    CHECK(status() == 0x00);
    CHECK(in(4) == 0x14);
    CHECK(in(5) == 0xEB);
}

TEST_CASE_FIXTURE(ChannelFixture, "ide channel: diagnostics are run by both and reported by drive 0") {
    add_master();
    add_slave();
    out(6, 0xB0);
    command(0x90);
    CHECK(in(6) == 0xA0);
    CHECK(in(1) == 1);
    CHECK(status() == 0x50);
    CHECK(interrupts == 1);
    out(6, 0xB0);
    CHECK_FALSE(ide.irq(0).level());
    CHECK(status() == 0x50);
}

TEST_CASE_FIXTURE(ChannelFixture, "ide channel: a busy drive takes no registers and no command") {
    add_master();
    address(3, 1);
    out(7, 0x20);
    out(3, 9);
    out(7, 0xEC);
    settle();
    CHECK(read_data(512)[0] == 3);
}

TEST_CASE_FIXTURE(ChannelFixture, "ide channel: a saved state goes on in the middle of a command") {
    add_master();
    address(5, 2);
    out(7, 0x20);
    const PiixIde::State early = ide.state();
    settle();
    read_data(256);
    const PiixIde::State middle = ide.state();
    read_data(256);
    settle();
    read_data(512);
    CHECK(status() == 0x50);

    ide.restore(middle);
    CHECK(ide.irq(0).level());
    CHECK(status() == 0x58);
    CHECK(read_data(256)[0] == 5);
    settle();
    CHECK(read_data(512)[0] == 6);

    ide.restore(early);
    CHECK_FALSE(ide.irq(0).level());
    CHECK(status() == 0x80);
    settle();
    CHECK(read_data(512)[0] == 5);
}

TEST_CASE_FIXTURE(ChannelFixture, "ide channel: a board reset forgets all but the media") {
    add_master();
    out(2, 4);
    command(0xC6);
    address(5, 2);
    out(7, 0x20);
    ide.reset();
    settle();
    CHECK(status() == 0x50);
    CHECK_FALSE(ide.irq(0).level());
    address(5, 2);
    command(0xC4);
    CHECK(status() == 0x41);
    CHECK(ports.read(bus_master, 1) == 0xFF);
}
