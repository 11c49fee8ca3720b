// Random accesses: a guest can do nothing to the IDE function that gets out of hand.
#include "ide_fixture.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace calque;

namespace {

struct RandomFixture : IdeFixture {
    std::minstd_rand random{11};
    TestMedium disc;

    RandomFixture() {
        number_sectors(300);
        disc.bytes.resize(64 * 2048);
        ide.add_disk(0, 0, std::make_unique<TestImage>(medium));
        ide.add_cdrom(0, 1, std::make_unique<TestImage>(disc));
    }
    unsigned any(unsigned below) { return static_cast<unsigned>(random()) % below; }

    void random_table() {
        for (unsigned i = 0; i < 4; ++i) region(i, any(3 << 20), any(0x1'0000), any(2));
    }
    void random_access() {
        constexpr unsigned commands[] = {0x20, 0x24, 0x25, 0x29, 0x30, 0x34, 0x35, 0x39,
                                         0x90, 0x91, 0xA0, 0xA0, 0xA1, 0xC4, 0xC5, 0xC6,
                                         0xC8, 0xCA, 0xE7, 0xEC, 0xEF, 0xB0, 0x08, 0xF8};
        constexpr unsigned packets[] = {0x00, 0x03, 0x12, 0x1B, 0x25, 0x28, 0x42, 0x43, 0x46,
                                        0x4A, 0x51, 0x52, 0x5A, 0xA8, 0xB9, 0xBD, 0xBE};
        switch (any(10)) {
            case 0: out(1 + any(6), any(256)); break;
            case 1: out(1 + any(3), any(4)); break;
            case 2: out(6, 0xE0 | any(2) << 4); break;
            case 3: out(7, commands[any(std::size(commands))]); break;
            case 4: ports.write(port(0), packets[any(std::size(packets))], 2); break;
            case 5: read_data(any(1024)); break;
            case 6: write_data(std::vector<std::uint8_t>(any(1024))); break;
            case 7: start_bus_master(any(2)); break;
            case 8: any(4) ? stop_bus_master() : control(any(8)); break;
            default: settle(); break;
        }
        if (any(20) == 0) random_table();
    }
};

}  // namespace

TEST_CASE_FIXTURE(RandomFixture, "ide random: whatever is written, a reset brings both drives back") {
    for (unsigned round = 0; round < 300; ++round) {
        for (unsigned i = 0; i < 100; ++i) random_access();
        control(4);
        control(0);
        settle();
        REQUIRE(status() == 0x50);
        address(2, 1);
        command(0x20);
        REQUIRE(status() == 0x58);
        read_data(512);
    }
}

TEST_CASE_FIXTURE(RandomFixture, "ide random: a state restored goes on as the first time") {
    for (unsigned round = 0; round < 100; ++round) {
        for (unsigned i = 0; i < 100; ++i) random_access();
        const PiixIde::State before = ide.state();
        const std::minstd_rand seed = random;
        const Nanoseconds then = time.time;
        std::array<unsigned, 2> seen{};
        for (unsigned& sum : seen) {
            ide.restore(before);
            random = seed;
            time.time = then;
            for (unsigned i = 0; i < 20; ++i) {
                any(2) ? out(6, 0xE0 | any(2) << 4) : settle();
                for (unsigned reg = 1; reg < 8; ++reg) sum = sum * 31 + in(reg);
            }
        }
        REQUIRE(seen[0] == seen[1]);
    }
}

TEST_CASE_FIXTURE(RandomFixture, "ide random: damaged states are refused") {
    const auto refused = [this](auto damage) {
        PiixIde::State state = ide.state();
        damage(state.channels[0]);
        CHECK_THROWS_AS(ide.restore(state), std::runtime_error);
    };
    refused([](IdeChannelState& channel) { channel.drives[0].position = 1; });
    refused([](IdeChannelState& channel) { channel.drives[0].block_end = 512; });
    refused([](IdeChannelState& channel) { channel.drives[0].disk.heads = 0; });
    refused([](IdeChannelState& channel) { channel.drives[0].block_sectors = 1000; });
    refused([](IdeChannelState& channel) { channel.drives[1].packet.receiving_packet = true; });
}
