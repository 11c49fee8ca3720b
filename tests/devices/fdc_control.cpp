// The floppy disk controller's registers, resets, seeks and the commands that move no data.
#include "fdc_fixture.hpp"

#include <doctest/doctest.h>

using namespace calque;

using Bytes = FdcFixture::Bytes;

TEST_CASE_FIXTURE(FdcFixture,
                  "fdc: a reset ends with an interrupt, and four drives tell that they were polled") {
    dor(0x18);
    CHECK(status() == 0);
    dor(0x1C);
    CHECK(status() == 0x80);
    CHECK_FALSE(fdc.irq.level());
    CHECK(command({0x08}) == Bytes{0x80});
    CHECK(wait());
    for (std::uint8_t drive = 0; drive < 4; ++drive) {
        CHECK(command({0x08}) == Bytes{static_cast<std::uint8_t>(0xC0 | drive), 0});
        CHECK_FALSE(fdc.irq.level());
    }
    CHECK(command({0x08}) == Bytes{0x80});
}

TEST_CASE_FIXTURE(FdcFixture,
                  "fdc: the rate select register resets likewise, and powers down until a reset") {
    out(0x3F4, 0x81);
    CHECK(wait());
    CHECK(command({0x08}) == Bytes{0xC0, 0});
    out(0x3F4, 0x40);
    CHECK(status() == 0);
    out(0x3F4, 0x80);
    CHECK(status() == 0x80);
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: the digital output register gates the interrupt and reads back") {
    dor(0x14);
    CHECK(in(0x3F2) == 0x14);
    write({0x07, 0});
    CHECK_FALSE(wait());
    dor(0x1C);
    CHECK(fdc.irq.level());
    CHECK((in(0x3F0) & 0x80) == 0x80);
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: tape drive register and status register B") {
    out(0x3F3, 0xFE);
    CHECK(in(0x3F3) == 0xFE);
    out(0x3F3, 0x01);
    CHECK(in(0x3F3) == 0xFD);
    dor(0x3D);
    CHECK((in(0x3F1) & 0xE3) == 0xE3);
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: status register A shows the drive's lines") {
    time.advance(50 * millisecond);
    CHECK((in(0x3F0) & 0x56) == 0x46);  // no second drive, at track 0, no index, writable
    time.advance_to(revolution * 10);
    CHECK((in(0x3F0) & 0x04) == 0x00);
    seek(1);
    CHECK((in(0x3F0) & 0x11) == 0x11);
    medium.read_only = true;
    CHECK((in(0x3F0) & 0x02) == 0x00);
    dor(0x0C);  // the motor's bit selects as well
    CHECK((in(0x3F0) & 0x16) == 0x16);
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: invalid commands, PART ID of later chips among them") {
    for (const unsigned code : {0x00U, 0x01U, 0x0BU, 0x15U, 0x17U, 0x18U, 0x1FU, 0x25U, 0x87U, 0xCEU})
        CHECK(command({static_cast<std::uint8_t>(code)}) == Bytes{0x80});
    CHECK_FALSE(fdc.irq.level());
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: VERSION, LOCK and DUMPREG") {
    CHECK(command({0x10}) == Bytes{0x90});
    command({0x13, 0, 0x57, 0x22});
    command({0x12, 0x8E});
    seek(7);
    CHECK(command({0x0E}) == Bytes{7, 0, 0, 0, 0xDF, 0x02, 0, 0x0E, 0x57, 0x22});
    CHECK(command({0x94}) == Bytes{0x10});
    CHECK(command({0x0E})[7] == 0x8E);
    out(0x3F4, 0x80);  // keeps the FIFO's settings, enables polling
    CHECK(command({0x0E}) == Bytes{0, 0, 0, 0, 0xDF, 0x02, 0, 0x8C, 0x07, 0x22});
    CHECK(command({0x14}) == Bytes{0x00});
    out(0x3F4, 0x80);
    CHECK(command({0x0E}) == Bytes{0, 0, 0, 0, 0xDF, 0x02, 0, 0x0C, 0x20, 0x00});
    command({0x12, 0x03});  // without OW the drives stay
    CHECK(command({0x0E})[7] == 0x0F);
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: SEEK and RECALIBRATE step at the rate that SPECIFY set") {
    command({0x03, 0xAF, 0x02});  // 6 ms
    write({0x0F, 0, 10});
    CHECK(status() == 0x81);  // no longer occupied, but the drive is
    const Nanoseconds before = time.now();
    CHECK(wait());
    CHECK(time.now() - before == 60 * millisecond);
    CHECK(status() == 0x81);
    CHECK(command({0x08}) == Bytes{0x20, 10});
    CHECK(status() == 0x80);
    CHECK(move({0x07, 0}) == Bytes{0x20, 0});
    CHECK(move({0x07, 0}) == Bytes{0x20, 0});
    rate(2);
    write({0x0F, 0, 1});
    const Nanoseconds slow = time.now();
    wait();
    CHECK(time.now() - slow == 12 * millisecond);
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: RECALIBRATE gives up after 79 steps") {
    dor(0x2D);
    CHECK(move({0x07, 1}) == Bytes{0x71, 0});
    dor(0x1C);
    move({0xCF, 0, 82});
    CHECK(move({0x07, 0}) == Bytes{0x70, 0});
    CHECK(move({0x07, 0}) == Bytes{0x20, 0});
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: RELATIVE SEEK in and out") {
    CHECK(move({0xCF, 0, 5}) == Bytes{0x20, 5});
    CHECK(move({0x8F, 0, 3}) == Bytes{0x20, 2});
    CHECK(move({0x8F, 0, 3}) == Bytes{0x20, 0xFF});  // the head is at the stop
    CHECK((command({0x04, 0})[0] & 0x10) == 0x10);
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: two seeks at a time, an interrupt each") {
    write({0x0F, 0, 4});
    write({0x0F, 3, 2});
    CHECK(status() == 0x89);
    time.advance(nanoseconds_per_second);
    CHECK(command({0x08}) == Bytes{0x20, 4});
    CHECK(fdc.irq.level());
    CHECK(command({0x08}) == Bytes{0x23, 2});
    CHECK_FALSE(fdc.irq.level());
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: other commands' results leave the end of a seek to be told") {
    write({0x0F, 0, 4});
    CHECK(wait());
    CHECK(command({0x10}) == Bytes{0x90});
    CHECK(fdc.irq.level());
    CHECK(command({0x08}) == Bytes{0x20, 4});
    CHECK_FALSE(fdc.irq.level());
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: SENSE DRIVE STATUS") {
    CHECK(command({0x04, 0x00}) == Bytes{0x38});
    CHECK(command({0x04, 0x04}) == Bytes{0x3C});
    seek(3);
    CHECK(command({0x04, 0}) == Bytes{0x28});
    medium.read_only = true;
    CHECK(command({0x04, 0}) == Bytes{0x68});
    dor(0x2D);
    CHECK(command({0x04, 1}) == Bytes{0x29});  // no such drive
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: the disk change line falls with the first step") {
    CHECK(in(0x3F7) == 0xFF);
    seek(1);
    CHECK(in(0x3F7) == 0x7F);
    TestMedium other{.bytes = Bytes(1440 * sector_size)};
    fdc.insert(0, nullptr);
    CHECK(in(0x3F7) == 0xFF);
    seek(0);
    CHECK(in(0x3F7) == 0xFF);  // nothing is in
    fdc.insert(0, std::make_unique<TestImage>(other));
    CHECK(in(0x3F7) == 0xFF);
    seek(1);
    CHECK(in(0x3F7) == 0x7F);
    dor(0x0C);
    CHECK(in(0x3F7) == 0x7F);
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: drives suit their first disk and refuse what does not fit") {
    const auto type_for = [this](std::size_t sectors) {
        TestMedium other{.bytes = Bytes(sectors * sector_size)};
        fdc.add_drive(1, std::make_unique<TestImage>(other));
        return fdc.drive_type(1)->cmos_code;
    };
    CHECK(type_for(320) == 1);
    CHECK(type_for(720) == 1);
    CHECK(type_for(1440) == 4);
    CHECK(type_for(2400) == 2);
    CHECK(type_for(3360) == 4);
    CHECK(type_for(5760) == 5);
    CHECK_THROWS_WITH(type_for(5761), "the image is larger than any floppy disk");
    fdc.add_drive(1, nullptr);
    CHECK(fdc.drive_type(1)->cmos_code == 4);
    CHECK_FALSE(fdc.has_disk(1));
    TestMedium large{.bytes = Bytes(2400 * sector_size)};
    CHECK_THROWS_WITH(fdc.insert(0, std::make_unique<TestImage>(large)),
                      "a 1.2 MB floppy disk does not fit into a 1.44 MB drive");
    CHECK(fdc.has_disk(0));
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: a reset of the board leaves heads and disks where they are") {
    seek(9);
    fdc.reset();
    CHECK(status() == 0);
    CHECK(in(0x3F2) == 0);
    dor(0x1C);
    wait();
    CHECK((command({0x04, 0})[0] & 0x10) == 0);
    CHECK(fdc.has_disk(0));
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: damaged states are refused") {
    const auto refused = [this](auto damage) {
        Fdc82077::State state = fdc.state();
        damage(state);
        CHECK_THROWS_AS(fdc.restore(state), std::runtime_error);
    };
    refused([](auto& state) { state.command_size = 9; });
    refused([](auto& state) { state.phase = FdcPhase::result; });
    refused([](auto& state) { state.execution.position = 1; });
    refused([](auto& state) { state.execution.buffer.resize(513); });
    refused([](auto& state) { state.execution.fifo.resize(17); });
    refused([](auto& state) { state.rate = 4; });
}
