// The ATAPI CD-ROM: packets by PIO and DMA, sense, the tray, changes of medium.
#include "ide_fixture.hpp"

#include <doctest/doctest.h>

using namespace calque;

namespace {

struct CdFixture : IdeFixture {
    AtapiCdrom* drive = nullptr;

    CdFixture() {
        base = 0x170;
        ide.irq(1).connect([this](bool level) { interrupts += level; });
        medium.bytes.resize(100 * 2048);
        for (std::size_t i = 0; i < medium.bytes.size(); ++i) {
            medium.bytes[i] = static_cast<std::uint8_t>(i / 2048);
        }
        drive = &ide.add_cdrom(1, 0, std::make_unique<TestImage>(medium));
    }

    using Packet = std::array<std::uint8_t, 12>;
    void send(Packet packet, unsigned limit = 0xFFFE, bool dma = false) {
        out(1, dma);
        out(4, limit & 0xFF);
        out(5, limit >> 8);
        command(0xA0);
        CHECK(alternate_status() == 0x58);
        CHECK((in(2) & 3) == 1);
        write_data(packet);
        settle();
    }
    /// All data of a command, and that it ended well.
    std::vector<std::uint8_t> ask(Packet packet, unsigned limit = 0xFFFE) {
        send(packet, limit);
        std::vector<std::uint8_t> all;
        while (status() & 8) {
            CHECK((in(2) & 3) == 2);
            const unsigned count = in(4) | in(5) << 8;
            auto block = read_data(count);
            block.resize(count);
            all.insert(all.end(), block.begin(), block.end());
            settle();
        }
        CHECK(status() == 0x50);
        CHECK((in(2) & 3) == 3);
        return all;
    }
    using Sense = std::array<unsigned, 3>;
    Sense sense() {
        const auto bytes = ask({0x03, 0, 0, 0, 18});
        return {bytes[2], bytes[12], bytes[13]};
    }
    Sense refused(Packet packet) {
        send(packet);
        CHECK((status() & 0x89) == 0x01);
        const unsigned key = in(1) >> 4;
        const Sense told = sense();
        CHECK(told[0] == key);
        return told;
    }
};

}  // namespace

TEST_CASE_FIXTURE(CdFixture, "atapi: the signature, and IDENTIFY PACKET DEVICE") {
    CHECK(status() == 0);
    CHECK(in(4) == 0x14);
    CHECK(in(5) == 0xEB);
    command(0xEC);
    CHECK(status() == 0x41);
    CHECK(in(4) == 0x14);
    CHECK(in(5) == 0xEB);
    command(0xA1);
    CHECK(status() == 0x58);
    const auto words = read_words(256);
    CHECK(words[0] == 0x85C0);
    CHECK(status() == 0x50);
}

TEST_CASE_FIXTURE(CdFixture, "atapi: INQUIRY is cut to what was allocated") {
    const auto bytes = ask({0x12, 0, 0, 0, 36});
    CHECK(bytes.size() == 36);
    CHECK(bytes[0] == 5);
    CHECK(bytes[1] == 0x80);
    CHECK(ask({0x12, 0, 0, 0, 5}).size() == 5);
    CHECK(ask({0x12, 0, 0, 0, 0}).empty());
}

TEST_CASE_FIXTURE(CdFixture, "atapi: READ(10) comes in blocks no larger than the host takes") {
    interrupts = 0;
    const auto bytes = ask({0x28, 0, 0, 0, 0, 10, 0, 0, 3}, 2048);
    CHECK(bytes.size() == 3 * 2048);
    CHECK(bytes[0] == 10);
    CHECK(bytes[2 * 2048] == 12);
    CHECK(interrupts == 4);
    const auto odd = ask({0x28, 0, 0, 0, 0, 10, 0, 0, 2}, 1001);
    CHECK(odd.size() == 2 * 2048);
    CHECK(odd[2047] == 10);
    CHECK(odd[2048] == 11);
    CHECK(ask({0xA8, 0, 0, 0, 0, 5, 0, 0, 0, 40}).size() == 40 * 2048);
    CHECK(ask({0x28, 0, 0, 0, 0, 5, 0, 0, 0}).empty());
}

TEST_CASE_FIXTURE(CdFixture, "atapi: READ(10) by DMA") {
    ports.write(bus_master + 8 + 4, table, 4);
    region(0, 0x8000, 0x1000, true);
    send({0x28, 0, 0, 0, 0, 20, 0, 0, 2}, 0, true);
    CHECK(interrupts == 0);
    ports.write(bus_master + 8, 0x09, 1);
    settle();
    CHECK(interrupts == 1);
    CHECK(status() == 0x50);
    CHECK(ports.read(bus_master + 8 + 2, 1) == 0x04);
    CHECK(memory.read(0x8000, 1) == 20);
    CHECK(memory.read(0x8FFF, 1) == 21);
}

TEST_CASE_FIXTURE(CdFixture, "atapi: capacity, table of contents, disc and track information") {
    CHECK(ask({0x25}) == std::vector<std::uint8_t>{0, 0, 0, 99, 0, 0, 8, 0});
    const auto toc = ask({0x43, 0, 0, 0, 0, 0, 0, 0, 20});
    CHECK(toc ==
          std::vector<std::uint8_t>{0, 18, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0, 0, 0x14, 0xAA, 0, 0, 0, 0, 100});
    const auto times = ask({0x43, 2, 0, 0, 0, 0, 0xAA, 0, 12});
    CHECK(times == std::vector<std::uint8_t>{0, 10, 1, 1, 0, 0x14, 0xAA, 0, 0, 0, 3, 25});
    CHECK(ask({0x43, 0, 1, 0, 0, 0, 0, 0, 12}).size() == 12);
    CHECK(ask({0x43, 0, 2, 0, 0, 0, 0, 1, 0}).size() == 4 + 4 * 11);
    CHECK(ask({0x51, 0, 0, 0, 0, 0, 0, 0, 34})[2] == 0x0E);
    CHECK(ask({0x52, 1, 0, 0, 0, 1, 0, 0, 36})[27] == 100);
    CHECK(ask({0x42, 2, 0x40, 1, 0, 0, 0, 0, 16}).size() == 16);
}

TEST_CASE_FIXTURE(CdFixture, "atapi: modes, configuration, mechanism") {
    const auto page = ask({0x5A, 0, 0x2A, 0, 0, 0, 0, 0, 128});
    CHECK(page.size() == 28);
    CHECK(page[1] == 26);
    CHECK(page[8] == 0x2A);
    CHECK(page[9] == 18);
    CHECK(ask({0x5A, 0, 0x3F, 0, 0, 0, 0, 0, 255}).size() == 8 + 8 + 16 + 20);
    CHECK(refused({0x5A, 0, 0x15, 0, 0, 0, 0, 0, 128}) == Sense{5, 0x24, 0});
    const auto configuration = ask({0x46, 0, 0, 0, 0, 0, 0, 1, 0});
    CHECK(configuration[3] == configuration.size() - 4);
    CHECK(configuration[7] == 8);
    CHECK(ask({0x46, 2, 0, 0x10, 0, 0, 0, 1, 0}).size() == 8 + 12);
    CHECK(ask({0xBD, 0, 0, 0, 0, 0, 0, 0, 0, 8}).size() == 8);
}

TEST_CASE_FIXTURE(CdFixture, "atapi: READ CD returns data or whole sectors") {
    CHECK(ask({0xBE, 0, 0, 0, 0, 16, 0, 0, 1, 0x10}).size() == 2048);
    const auto raw = ask({0xBE, 0, 0, 0, 0, 16, 0, 0, 2, 0xF8});
    REQUIRE(raw.size() == 2 * 2352);
    CHECK(raw[1] == 0xFF);
    CHECK(raw[13] == 0x02);
    CHECK(raw[14] == 0x16);  // frame 166 is 0:02:16
    CHECK(raw[15] == 1);
    CHECK(raw[16] == 16);
    CHECK(raw[2352 + 16] == 17);
    CHECK(ask({0xB9, 0, 0, 0, 2, 5, 0, 2, 7, 0x10})[2048] == 6);
}

TEST_CASE_FIXTURE(CdFixture, "atapi: what cannot be done leaves sense, told once") {
    CHECK(refused({0xFE}) == Sense{5, 0x20, 0});
    CHECK(sense() == Sense{0, 0, 0});
    CHECK(refused({0x28, 0, 0, 0, 0, 99, 0, 0, 2}) == Sense{5, 0x21, 0});
    CHECK(refused({0x43, 0, 0, 0, 0, 0, 2, 0, 20}) == Sense{5, 0x24, 0});
    CHECK(refused({0xBE, 0, 0, 0, 0, 16, 0, 0, 1, 0x48}) == Sense{5, 0x24, 0});
    medium.failure = std::make_error_code(std::errc::io_error);
    CHECK(refused({0x28, 0, 0, 0, 0, 9, 0, 0, 1}) == Sense{3, 0x11, 0});
}

TEST_CASE_FIXTURE(CdFixture, "atapi: a change of medium is told once") {
    ask({0x00});
    drive->insert(nullptr);
    CHECK(refused({0x00}) == Sense{2, 0x3A, 1});
    CHECK(ask({0x4A, 1, 0, 0, 0x10, 0, 0, 0, 8})[4] == 3);
    drive->insert(std::make_unique<TestImage>(medium));
    CHECK(ask({0x4A, 1, 0, 0, 0x10, 0, 0, 0, 8}) == std::vector<std::uint8_t>{0, 6, 4, 0x10, 2, 2, 0, 0});
    CHECK(ask({0x4A, 1, 0, 0, 0x10, 0, 0, 0, 8})[4] == 0);
    CHECK(refused({0x00}) == Sense{6, 0x28, 0});
    ask({0x00});
}

TEST_CASE_FIXTURE(CdFixture, "atapi: the guest opens, closes and locks the tray") {
    ask({0x1E, 0, 0, 0, 1});
    CHECK(drive->locked());
    CHECK(refused({0x1B, 0, 0, 0, 2}) == Sense{5, 0x53, 2});
    ask({0x1E, 0, 0, 0, 0});
    ask({0x1B, 0, 0, 0, 2});
    CHECK(refused({0x25}) == Sense{2, 0x3A, 2});
    ask({0x1B, 0, 0, 0, 3});
    CHECK(refused({0x25}) == Sense{6, 0x28, 0});
    CHECK(ask({0x25})[3] == 99);
}

TEST_CASE_FIXTURE(CdFixture, "atapi: the button of a locked drive asks the guest") {
    ask({0x1E, 0, 0, 0, 1});
    drive->request_eject();
    CHECK(ask({0x4A, 1, 0, 0, 0x10, 0, 0, 0, 8}) == std::vector<std::uint8_t>{0, 6, 4, 0x10, 1, 2, 0, 0});
    CHECK(ask({0x4A, 1, 0, 0, 0x10, 0, 0, 0, 8})[4] == 0);
    ask({0x00});
}

TEST_CASE_FIXTURE(CdFixture, "atapi: DEVICE RESET gets a drive out of anything") {
    send({0x28, 0, 0, 0, 0, 10, 0, 0, 3});
    CHECK(alternate_status() == 0x58);
    interrupts = 0;
    command(0x08);
    CHECK(status() == 0);
    CHECK(in(4) == 0x14);
    CHECK(interrupts == 0);
    ask({0x00});
}

TEST_CASE_FIXTURE(CdFixture, "atapi: an image that ends inside a block is filled up") {
    medium.bytes.resize(5 * 512, 7);
    drive->insert(std::make_unique<TestImage>(medium));
    refused({0x00});
    CHECK(ask({0x25})[3] == 1);
    CHECK(ask({0x28, 0, 0, 0, 0, 1, 0, 0, 1})[512] == 0);
}
