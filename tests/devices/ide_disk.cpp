// ATA disks at the level of ports: identification, PIO, addresses, errors, settings.
#include "ide_fixture.hpp"

#include <doctest/doctest.h>

using namespace calque;

namespace {

struct DiskFixture : IdeFixture {
    DiskFixture() {
        number_sectors(200);
        ide.add_disk(0, 0, std::make_unique<TestImage>(medium));
    }
};

constexpr unsigned idle = 0x50;
constexpr unsigned data = 0x58;

}  // namespace

TEST_CASE_FIXTURE(DiskFixture, "ide disk: power-on leaves a signature and a ready drive") {
    CHECK(status() == idle);
    CHECK(in(1) == 1);
    CHECK(in(2) == 1);
    CHECK(in(3) == 1);
    CHECK(in(4) == 0);
    CHECK(in(5) == 0);
}

TEST_CASE_FIXTURE(DiskFixture, "ide disk: a command takes a while and ends with an interrupt") {
    out(7, 0xEC);
    CHECK(status() == 0x80);
    CHECK_FALSE(ide.irq(0).level());
    settle();
    CHECK(ide.irq(0).level());
    CHECK(alternate_status() == data);
    CHECK(ide.irq(0).level());
    CHECK(status() == data);
    CHECK_FALSE(ide.irq(0).level());
}

TEST_CASE_FIXTURE(DiskFixture, "ide disk: IDENTIFY DEVICE") {
    command(0xEC);
    const auto words = read_words(256);
    CHECK(words[0] == 0x0040);
    CHECK(words[1] == 1);
    CHECK(words[3] == 16);
    CHECK(words[6] == 63);
    CHECK(words[27] == ('C' << 8 | 'A'));
    CHECK((words[49] & 0x0300) == 0x0300);
    CHECK(words[60] == 200);
    CHECK(words[61] == 0);
    CHECK(words[100] == 200);
    CHECK((words[83] & 0xC400) == 0x4400);
    CHECK(status() == idle);
}

TEST_CASE_FIXTURE(DiskFixture, "ide disk: PIO reads give an interrupt a sector") {
    address(5, 3);
    command(0x20);
    for (unsigned sector = 5; sector < 8; ++sector) {
        CHECK(interrupts == sector - 4);
        CHECK(status() == data);
        const auto bytes = read_data(512, sector == 6 ? 4 : 2);
        CHECK(bytes == std::vector<std::uint8_t>(512, static_cast<std::uint8_t>(sector)));
        settle();
    }
    CHECK(status() == idle);
    CHECK(interrupts == 3);
}

TEST_CASE_FIXTURE(DiskFixture, "ide disk: PIO writes ask for the first sector without an interrupt") {
    address(10, 2);
    command(0x30);
    CHECK(interrupts == 0);
    CHECK(status() == data);
    write_data(std::vector<std::uint8_t>(512, 0xAB));
    CHECK(status() == 0x80);
    settle();
    CHECK(interrupts == 1);
    CHECK(status() == data);
    write_data(std::vector<std::uint8_t>(512, 0xCD));
    settle();
    CHECK(interrupts == 2);
    CHECK(status() == idle);
    CHECK(medium.bytes[10 * 512] == 0xAB);
    CHECK(medium.bytes[12 * 512 - 1] == 0xCD);
    CHECK(medium.bytes[12 * 512] == 12);
}

TEST_CASE_FIXTURE(DiskFixture, "ide disk: multiple mode moves blocks of sectors") {
    address(0, 6);
    command(0xC4);
    CHECK(status() == 0x41);  // no block size has been set
    CHECK(in(1) == 0x04);
    out(2, 4);
    command(0xC6);
    CHECK(status() == idle);
    address(0, 6);
    command(0xC4);
    CHECK(status() == data);
    interrupts = 0;
    CHECK(read_data(4 * 512).back() == 3);
    settle();
    CHECK(interrupts == 1);
    CHECK(read_data(2 * 512).back() == 5);
    CHECK(status() == idle);

    address(20, 5);
    command(0xC5);
    write_data(std::vector<std::uint8_t>(4 * 512, 1));
    settle();
    write_data(std::vector<std::uint8_t>(512, 2));
    settle();
    CHECK(status() == idle);
    CHECK(medium.bytes[24 * 512 - 1] == 1);
    CHECK(medium.bytes[24 * 512] == 2);
    CHECK(medium.bytes[25 * 512] == 25);
}

TEST_CASE_FIXTURE(DiskFixture, "ide disk: CHS addresses follow the translation in force") {
    address(0x000102, 1, 0xA3);  // cylinder 0 would be in 4 and 5: cylinder 1, head 3, sector 2
    out(3, 2);
    out(4, 0);
    out(5, 0);
    command(0x20);
    CHECK(read_data(512)[0] == (3 * 63 + 1) % 256);
    out(2, 10);  // 10 sectors, 4 heads
    out(6, 0xA3);
    command(0x91);
    address(0, 1, 0xA2);
    out(3, 1);
    out(4, 1);
    command(0x20);
    CHECK(read_data(512)[0] == (1 * 4 + 2) * 10);
    out(3, 11);
    command(0x20);
    CHECK(in(1) == 0x10);
}

TEST_CASE_FIXTURE(DiskFixture, "ide disk: 48-bit addresses use the bytes written before") {
    for (const unsigned high : {0U, 1U}) {
        address(0, 0, 0x40);
        out(2, 0);
        out(2, 2);
        out(3, 0);
        out(3, 100);
        out(4, high);
        out(4, 0);
        out(5, 0);
        out(5, 0);
        command(0x24);
        if (high) {
            CHECK(status() == 0x41);
            CHECK(in(1) == 0x10);
        } else {
            CHECK(read_data(512)[0] == 100);
            settle();
            CHECK(read_data(512)[0] == 101);
        }
    }
    control(0x80);
    CHECK(in(4) == 1);  // the high byte
    control(0x00);
    CHECK(in(4) == 0);
}

TEST_CASE_FIXTURE(DiskFixture, "ide disk: sectors past the end are not found") {
    address(199, 2);
    command(0x20);
    CHECK(status() == 0x41);
    CHECK(in(1) == 0x10);
    CHECK(in(3) == 200);
    CHECK(interrupts == 1);
    address(199, 1);
    command(0x40);
    CHECK(status() == idle);
}

TEST_CASE_FIXTURE(DiskFixture, "ide disk: what the host cannot read or write is the drive's error") {
    medium.failure = std::make_error_code(std::errc::io_error);
    address(7, 1);
    command(0x20);
    CHECK(status() == 0x41);
    CHECK(in(1) == 0x40);
    CHECK(in(3) == 7);

    medium.failure = std::make_error_code(std::errc::no_space_on_device);
    address(8, 1);
    command(0x30);
    write_data(std::vector<std::uint8_t>(512, 1));
    settle();
    CHECK(status() == 0x61);
    CHECK(in(1) == 0x04);
    CHECK(in(3) == 8);
    command(0xE7);
    CHECK(status() == 0x61);
    medium.failure = {};
    command(0xE7);
    CHECK(status() == idle);
}

TEST_CASE_FIXTURE(DiskFixture, "ide disk: FLUSH CACHE flushes, and so does every write without the cache") {
    command(0xE7);
    CHECK(medium.flushes == 1);
    out(1, 0x82);
    command(0xEF);
    CHECK(medium.flushes == 2);
    address(8, 1);
    command(0x30);
    write_data(std::vector<std::uint8_t>(512, 1));
    settle();
    CHECK(medium.flushes == 3);
}

TEST_CASE_FIXTURE(DiskFixture, "ide disk: SET FEATURES selects a transfer mode, which IDENTIFY shows") {
    out(1, 3);
    out(2, 0x22);
    command(0xEF);
    CHECK(status() == idle);
    command(0xEC);
    CHECK(read_words(256)[63] == 0x0407);
    out(1, 0x77);
    command(0xEF);
    CHECK(status() == 0x41);
}

TEST_CASE_FIXTURE(DiskFixture, "ide disk: unknown commands and ATAPI's are aborted") {
    for (const unsigned opcode : {0x00U, 0x08U, 0xA0U, 0xA1U, 0xFFU}) {
        CAPTURE(opcode);
        command(opcode);
        CHECK(status() == 0x41);
        CHECK(in(1) == 0x04);
    }
}

TEST_CASE_FIXTURE(DiskFixture, "ide disk: SMART reports a healthy disk") {
    out(1, 0xDA);
    out(4, 0x4F);
    out(5, 0xC2);
    command(0xB0);
    CHECK(status() == idle);
    CHECK(in(4) == 0x4F);
    CHECK(in(5) == 0xC2);
    out(1, 0xD0);
    command(0xB0);
    unsigned sum = 0;
    for (const std::uint8_t byte : read_data(512)) sum += byte;
    CHECK(sum % 256 == 0);
}

TEST_CASE_FIXTURE(DiskFixture, "ide disk: the native size is the last sector") {
    out(6, 0xE0);
    command(0xF8);
    CHECK(in(3) == 199);
    CHECK(in(4) == 0);
}
