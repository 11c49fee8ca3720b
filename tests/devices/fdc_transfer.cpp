// Sectors by DMA: what comes over, when, and how each command ends.
#include "fdc_fixture.hpp"

#include <doctest/doctest.h>

using namespace calque;

using Bytes = FdcFixture::Bytes;

namespace {

struct Floppy360 : FdcFixture {
    Floppy360() : FdcFixture(720) { rate(2); }
};

}  // namespace

TEST_CASE_FIXTURE(FdcFixture, "fdc: READ DATA of one sector, ended by terminal count") {
    program_dma(0x44, 512);
    write({0xE6, 0, 0, 0, 5, 2, 18, 0x1B, 0xFF});
    CHECK(status() == 0x10);
    CHECK(wait());
    CHECK(status() == 0xD0);
    CHECK(result() == Bytes{0, 0, 0, 0, 0, 6, 2});
    CHECK(status() == 0x80);
    CHECK_FALSE(fdc.irq.level());
    CHECK(in_memory(512) == filled(1, 4));
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: a track takes a revolution, a cylinder two") {
    program_dma(0x44, 36 * 512);
    execute({0xE6, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF});
    const Nanoseconds before = time.now();
    program_dma(0x44, 36 * 512);
    CHECK(execute({0xE6, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF}) == Bytes{0x04, 0, 0, 1, 0, 1, 2});
    CHECK(time.now() - before <= 3 * revolution);
    CHECK(time.now() - before > 2 * revolution - millisecond);
    for (unsigned sector = 0; sector < 36; ++sector) {
        CHECK(in_memory(36 * 512)[sector * 512] == sector);
    }
}

TEST_CASE_FIXTURE(FdcFixture,
                  "fdc: the next sector comes in time for a fast host, the one before after a turn") {
    program_dma(0x44, 512);
    execute({0x46, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF});
    Nanoseconds before = time.now();
    program_dma(0x44, 512);
    execute({0x46, 0, 0, 0, 2, 2, 18, 0x1B, 0xFF});
    CHECK(time.now() - before < 12 * millisecond);
    before = time.now();
    program_dma(0x44, 512);
    execute({0x46, 0, 0, 0, 2, 2, 18, 0x1B, 0xFF});
    CHECK(time.now() - before > 190 * millisecond);
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: the address in the result phase") {
    const auto after = [this](std::uint8_t code, std::uint8_t head, std::uint8_t sector, unsigned count) {
        program_dma(0x44, count * 512);
        const Bytes bytes =
            execute({code, static_cast<std::uint8_t>(head << 2), 0, head, sector, 2, 18, 0x1B, 0xFF});
        CHECK((bytes.at(0) & 0xC0) == 0);
        return Bytes(bytes.begin() + 3, bytes.end());
    };
    CHECK(after(0x46, 0, 3, 2) == Bytes{0, 0, 5, 2});
    CHECK(after(0x46, 0, 18, 1) == Bytes{1, 0, 1, 2});
    CHECK(after(0x46, 1, 18, 1) == Bytes{1, 1, 1, 2});
    CHECK(after(0xC6, 0, 18, 1) == Bytes{0, 1, 1, 2});
    CHECK(after(0xC6, 1, 18, 1) == Bytes{1, 0, 1, 2});
    CHECK(after(0xC6, 0, 18, 2) == Bytes{0, 1, 2, 2});
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: without terminal count the end of the track is an error") {
    program_dma(0x44, 4096);
    CHECK(execute({0x46, 0, 0, 0, 17, 2, 18, 0x1B, 0xFF}) == Bytes{0x40, 0x80, 0, 1, 0, 1, 2});
    CHECK(in_memory(1024)[512] == 17);
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: WRITE DATA, with zeros after a terminal count in the middle") {
    memory.write_bytes(buffer, filled(2, 0xA5));
    program_dma(0x48, 600);
    CHECK(execute({0xC5, 4, 0, 1, 1, 2, 18, 0x1B, 0xFF}) == Bytes{0x04, 0, 0, 0, 1, 3, 2});
    CHECK(on_disk(18) == filled(1, 0xA5));
    CHECK(on_disk(19)[87] == 0xA5);
    CHECK(on_disk(19)[88] == 0x00);
    CHECK(on_disk(20) == filled(1, 20));
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: sectors that are not there") {
    program_dma(0x44, 512);
    const Nanoseconds before = time.now();
    CHECK(execute({0x46, 0, 0, 0, 19, 2, 19, 0x1B, 0xFF}) == Bytes{0x40, 0x04, 0, 0, 0, 19, 2});
    CHECK(time.now() - before > revolution);
    CHECK(time.now() - before <= 2 * revolution + 10 * millisecond);
    CHECK(execute({0x46, 0, 0, 1, 1, 2, 18, 0x1B, 0xFF}) == Bytes{0x40, 0x04, 0, 0, 1, 1, 2});     // side
    CHECK(execute({0x46, 0, 0, 0, 1, 3, 18, 0x1B, 0xFF}) == Bytes{0x40, 0x04, 0, 0, 0, 1, 3});     // size
    CHECK(execute({0x46, 0, 5, 0, 1, 2, 18, 0x1B, 0xFF}) == Bytes{0x40, 0x04, 0x10, 5, 0, 1, 2});  // cylinder
    CHECK(dma.port_read(0x08, 1) == 0);
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: no address marks at another rate, in FM, beyond the last cylinder") {
    const Bytes missing{0x40, 0x01, 0, 0, 0, 1, 2};
    for (const unsigned other : {1U, 2U, 3U}) {
        rate(other);
        CHECK(execute({0x46, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF}) == missing);
    }
    rate(0);
    CHECK(execute({0x06, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF}) == missing);
    CHECK(execute({0x4A, 0})[0] == 0);
    seek(80);
    CHECK(execute({0x46, 0, 80, 0, 1, 2, 18, 0x1B, 0xFF}) == Bytes{0x40, 0x01, 0, 80, 0, 1, 2});
    CHECK(execute({0x4A, 0})[1] == 0x01);
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: READ ID tells of one sector after the other") {
    seek(2);
    const Bytes first = execute({0x4A, 4});
    CHECK(first.size() == 7);
    CHECK(Bytes(first.begin(), first.begin() + 5) == Bytes{4, 0, 0, 2, 1});
    CHECK(first[6] == 2);
    CHECK(execute({0x4A, 4})[5] == first[5] % 18 + 1);
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: implied seeks") {
    command({0x13, 0, 0x60, 0});
    program_dma(0x44, 512);
    write({0x46, 0, 40, 0, 1, 2, 18, 0x1B, 0xFF});
    CHECK(status() == 0x11);
    CHECK(wait());
    CHECK(result() == Bytes{0x20, 0, 0, 40, 0, 2, 2});
    CHECK(in_memory(512) == filled(1, 40 * 36));
    CHECK(command({0x0E})[0] == 40);
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: DMA that does not keep up is an overrun") {
    out(0x0A, 0x06);
    CHECK(execute({0x46, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF}) == Bytes{0x40, 0x10, 0, 0, 0, 1, 2});
    CHECK(execute({0x45, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF}) == Bytes{0x40, 0x10, 0, 0, 0, 1, 2});
    CHECK(on_disk(0) == filled(1, 0));
    program_dma(0x48, 512);  // the wrong direction
    CHECK(execute({0x46, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF})[1] == 0x10);
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: a write-protected disk") {
    medium.read_only = true;
    program_dma(0x48, 512);
    CHECK(execute({0x45, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF}) == Bytes{0x40, 0x02, 0, 0, 0, 1, 2});
    CHECK(execute({0x4D, 0, 2, 18, 0x6C, 0xF6})[1] == 0x02);
    CHECK(on_disk(0) == filled(1, 0));
    program_dma(0x44, 512);
    CHECK(execute({0x46, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF})[0] == 0);
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: without a disk or a motor a command waits for either") {
    program_dma(0x44, 512);
    fdc.insert(0, nullptr);
    write({0x46, 0, 0, 0, 2, 2, 18, 0x1B, 0xFF});
    CHECK_FALSE(wait(100 * nanoseconds_per_second));
    CHECK(status() == 0x10);
    fdc.insert(0, std::make_unique<TestImage>(medium));
    CHECK(wait());
    CHECK(result()[0] == 0);
    dor(0x0C);
    program_dma(0x44, 512);
    write({0x46, 0, 0, 0, 2, 2, 18, 0x1B, 0xFF});
    CHECK_FALSE(wait());
    dor(0x08);
    dor(0x1C);
    CHECK(wait());
    CHECK(command({0x08}) == Bytes{0xC0, 0});
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: what the host refuses is an error of the disk") {
    medium.failure = make_error_code(std::errc::io_error);
    program_dma(0x44, 512);
    CHECK(execute({0x46, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF}) == Bytes{0x40, 0x20, 0x20, 0, 0, 1, 2});
    program_dma(0x48, 512);
    CHECK(execute({0x45, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF}) == Bytes{0x40, 0x20, 0, 0, 0, 1, 2});
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: deleted data, with and without the skip bit") {
    memory.write_bytes(buffer, filled(1, 0xDD));
    program_dma(0x48, 512);
    CHECK(execute({0x49, 0, 0, 0, 2, 2, 18, 0x1B, 0xFF})[0] == 0);
    CHECK(on_disk(1) == filled(1, 0xDD));

    program_dma(0x44, 1024);
    CHECK(execute({0x46, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF}) == Bytes{0, 0, 0x40, 0, 0, 2, 2});
    CHECK(in_memory(1024)[512] == 0xDD);
    program_dma(0x44, 1024);
    CHECK(execute({0x66, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF}) == Bytes{0, 0, 0x40, 0, 0, 4, 2});
    CHECK(in_memory(1024)[512] == 2);
    program_dma(0x44, 512);
    CHECK(execute({0x4C, 0, 0, 0, 2, 2, 18, 0x1B, 0xFF}) == Bytes{0, 0, 0, 0, 0, 3, 2});
    program_dma(0x44, 1024);
    CHECK(execute({0x4C, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF}) == Bytes{0, 0, 0x40, 0, 0, 1, 2});
    program_dma(0x44, 512);
    CHECK(execute({0x6C, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF}) == Bytes{0, 0, 0x40, 0, 0, 3, 2});
    CHECK(in_memory(512) == filled(1, 0xDD));

    program_dma(0x48, 512);  // written again, it is a sector like any other
    execute({0x45, 0, 0, 0, 2, 2, 18, 0x1B, 0xFF});
    program_dma(0x44, 512);
    CHECK(execute({0x46, 0, 0, 0, 2, 2, 18, 0x1B, 0xFF})[2] == 0);
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: READ TRACK takes sectors as they come from the index on") {
    program_dma(0x44, 3 * 512);
    CHECK(execute({0x42, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF}) == Bytes{0, 0, 0, 0, 0, 4, 2});
    CHECK(in_memory(1536)[1024] == 2);
    program_dma(0x44, 4096);
    CHECK(execute({0x42, 0, 0, 0, 1, 2, 4, 0x1B, 0xFF}) == Bytes{0x40, 0x80, 0, 1, 0, 1, 2});
    program_dma(0x44, 512);
    CHECK(execute({0x42, 0, 0, 0, 7, 2, 18, 0x1B, 0xFF})[1] == 0);
    program_dma(0x44, 512);
    CHECK(execute({0x42, 0, 0, 0, 77, 2, 18, 0x1B, 0xFF})[1] == 0x04);
    CHECK(in_memory(512) == filled(1, 0));
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: VERIFY ends with the track or with its count") {
    CHECK(execute({0x56, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF}) == Bytes{0, 0, 0, 1, 0, 1, 2});
    CHECK(execute({0x56, 0, 0, 0, 1, 2, 19, 0x1B, 0xFF}) == Bytes{0x40, 0x04, 0, 0, 0, 19, 2});
    CHECK(execute({0x56, 0x80, 0, 0, 1, 2, 18, 0x1B, 3}) == Bytes{0, 0, 0, 0, 0, 4, 2});
    CHECK(execute({0xD6, 0x80, 0, 0, 17, 2, 18, 0x1B, 4}) == Bytes{4, 0, 0, 0, 1, 3, 2});
    CHECK(execute({0x56, 0x80, 0, 0, 17, 2, 18, 0x1B, 4}) == Bytes{0x40, 0x80, 0, 1, 0, 1, 2});
    medium.failure = make_error_code(std::errc::io_error);
    CHECK(execute({0x56, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF})[1] == 0x20);
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: SCAN commands") {
    const auto scan = [this](std::uint8_t code, std::uint8_t from, std::uint8_t step) {
        program_dma(0x48, 18 * 512);
        const Bytes bytes = execute({code, 0, 0, 0, from, 2, 18, 0x1B, step});
        return Bytes{bytes.at(0), bytes.at(2), bytes.at(5)};
    };
    memory.write_bytes(buffer, filled(18, 6));
    CHECK(scan(0x51, 1, 1) == Bytes{0, 0x08, 7});  // sector 7 is filled with 6
    CHECK(scan(0x51, 2, 2) == Bytes{0, 0x04, 1});  // not among 2, 4, 6 ...
    CHECK(scan(0x59, 5, 1) == Bytes{0, 0x00, 5});  // low or equal: 4
    CHECK(scan(0x59, 9, 1) == Bytes{0, 0x04, 1});
    CHECK(scan(0x5D, 5, 1) == Bytes{0, 0x08, 7});
    CHECK(scan(0x5D, 9, 1) == Bytes{0, 0x00, 9});
    memory.write_bytes(buffer, filled(18, 0xFF));
    CHECK(scan(0x51, 4, 1) == Bytes{0, 0x08, 4});
}

TEST_CASE_FIXTURE(FdcFixture, "fdc: FORMAT TRACK fills the sectors that it is given addresses of") {
    seek(3);
    const auto format = [this](std::uint8_t sectors, std::uint8_t cylinder, std::uint8_t size_code) {
        Bytes addresses;
        for (std::uint8_t i = 1; i <= sectors; ++i)
            addresses.insert(addresses.end(), {cylinder, 1, i, size_code});
        memory.write_bytes(buffer, addresses);
        program_dma(0x48, static_cast<unsigned>(addresses.size()));
        return execute({0x4D, 4, size_code, sectors, 0x6C, 0xF6});
    };
    const Nanoseconds before = time.now();
    const Bytes done = format(18, 3, 2);
    CHECK(done[0] == 0x04);
    CHECK(done[1] == 0);
    CHECK(time.now() - before <= 2 * revolution + 10 * millisecond);
    CHECK(on_disk(3 * 36 + 18, 18) == filled(18, 0xF6));
    CHECK(on_disk(3 * 36 + 17) == filled(1, 3 * 36 + 17));
    CHECK(on_disk(4 * 36) == filled(1, 4 * 36));
    number_sectors(2880);
    CHECK(format(18, 4, 2)[1] == 0x04);  // the image holds no other layout
    CHECK(format(9, 3, 2)[1] == 0x04);
    CHECK(format(9, 3, 3)[1] == 0x04);
    CHECK(on_disk(3 * 36 + 18) == filled(1, 3 * 36 + 18));
    out(0x0A, 0x06);
    CHECK(execute({0x4D, 4, 2, 18, 0x6C, 0xF6})[1] == 0x10);
}

TEST_CASE_FIXTURE(Floppy360, "fdc: a 360 KB disk in its own drive, and in one of 1.2 MB") {
    seek(39);
    program_dma(0x44, 512);
    CHECK(execute({0x46, 4, 39, 1, 9, 2, 9, 0x1B, 0xFF})[0] == 0x04);
    CHECK(in_memory(512) == filled(1, 719));

    TestMedium large{.bytes = Bytes(2400 * sector_size)};
    fdc.add_drive(1, std::make_unique<TestImage>(large));
    fdc.insert(1, std::make_unique<TestImage>(medium));
    dor(0x2D);
    rate(1);  // it turns faster
    move({0x0F, 1, 78});
    program_dma(0x44, 512);
    CHECK(execute({0x46, 5, 39, 1, 9, 2, 9, 0x1B, 0xFF})[0] == 0x05);
    CHECK(in_memory(512) == filled(1, 719));
    move({0x0F, 1, 77});  // between two cylinders
    CHECK(execute({0x46, 5, 39, 1, 9, 2, 9, 0x1B, 0xFF})[1] == 0x01);
}

TEST_CASE("fdc: each format's last sector") {
    struct Case {
        std::size_t sectors;
        std::uint8_t cylinders, heads, per_track;
        unsigned rate;
    };
    for (const Case& disk :
         {Case{320, 40, 1, 8, 2}, Case{360, 40, 1, 9, 2}, Case{640, 40, 2, 8, 2}, Case{720, 40, 2, 9, 2},
          Case{1440, 80, 2, 9, 2}, Case{2400, 80, 2, 15, 0}, Case{2880, 80, 2, 18, 0},
          Case{3360, 80, 2, 21, 0}, Case{3444, 82, 2, 21, 0}, Case{5760, 80, 2, 36, 3}}) {
        CAPTURE(disk.sectors);
        FdcFixture fixture(disk.sectors);
        const auto cylinder = static_cast<std::uint8_t>(disk.cylinders - 1);
        const auto head = static_cast<std::uint8_t>(disk.heads - 1);
        fixture.rate(disk.rate);
        fixture.seek(cylinder);
        fixture.program_dma(0x44, 512);
        const Bytes bytes = fixture.execute({0x46, static_cast<std::uint8_t>(head << 2), cylinder, head,
                                             disk.per_track, 2, disk.per_track, 0x1B, 0xFF});
        CHECK(bytes.at(1) == 0);
        CHECK(fixture.in_memory(512) == FdcFixture::filled(1, static_cast<unsigned>(disk.sectors - 1)));
    }
}

TEST_CASE("fdc: an image of no standard size is the next larger disk and grows to it when written") {
    FdcFixture fixture(2532);  // GRUB's rescue floppy
    fixture.seek(79);
    fixture.program_dma(0x44, 512);
    CHECK(fixture.execute({0x46, 4, 79, 1, 18, 2, 18, 0x1B, 0xFF})[0] == 0x04);
    CHECK(fixture.in_memory(512) == FdcFixture::filled(1, 0));
    fixture.memory.write_bytes(FdcFixture::buffer, FdcFixture::filled(1, 0x77));
    fixture.program_dma(0x48, 512);
    CHECK(fixture.execute({0x45, 4, 79, 1, 17, 2, 18, 0x1B, 0xFF})[0] == 0x04);
    CHECK(fixture.medium.bytes.size() == 2880 * sector_size);
    CHECK(fixture.on_disk(2878) == FdcFixture::filled(1, 0x77));
    CHECK(fixture.on_disk(2879) == FdcFixture::filled(1, 0));
}
