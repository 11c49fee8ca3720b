// Random accesses: a guest can do nothing to the floppy disk controller that gets out of hand, and a state
// restored goes on as the first time.
#include "fdc_fixture.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace calque;

namespace {

struct RandomFixture : FdcFixture {
    std::minstd_rand random;
    explicit RandomFixture(unsigned seed = 1) : random(seed) {}

    unsigned any(unsigned below) { return static_cast<unsigned>(random()) % below; }
    std::uint8_t byte(unsigned below) { return static_cast<std::uint8_t>(any(below)); }

    /// Something that comes near a command.
    void random_command() {
        constexpr std::uint8_t codes[] = {0x02, 0x05, 0x06, 0x09, 0x0A, 0x0C, 0x0D, 0x11,
                                          0x16, 0x19, 0x1D, 0x0F, 0x07, 0x8F, 0x08, 0x08,
                                          0x08, 0x03, 0x04, 0x13, 0x0E, 0x12, 0x14};
        const std::uint8_t code = codes[any(std::size(codes))];
        const std::uint8_t options = any(8) ? 0x40 : static_cast<std::uint8_t>(any(8) << 5);
        const std::uint8_t sector = byte(20);
        write({static_cast<std::uint8_t>(code < 0x1F && any(2) ? code | options : code),
               static_cast<std::uint8_t>(any(16) ? any(2) << 2 : any(256)), byte(3), byte(2), sector,
               static_cast<std::uint8_t>(any(16) ? 2 : any(5)),
               static_cast<std::uint8_t>(any(4) ? 18 : any(256)), byte(4), byte(4)});
    }
    /// One random thing happens. What was read is returned.
    unsigned access() {
        switch (any(12)) {
            case 0: return in(static_cast<std::uint16_t>(0x3F0 + any(8)));
            case 1: out(static_cast<std::uint16_t>(0x3F0 + any(8)), any(256)); return 0;
            case 2: dor(any(8) ? 0x1C : any(256)); return 0;
            case 3: rate(any(8) ? 0 : any(4)); return 0;
            case 4: program_dma(any(2) ? 0x44 : 0x48, 1 + any(4096)); return 0;
            case 5:
            case 6: random_command(); return 0;
            case 7: time.advance(static_cast<Nanoseconds>(any(300)) * millisecond); return fdc.irq.level();
            case 8: time.advance(static_cast<Nanoseconds>(any(100'000))); return fdc.irq.level();
            case 9: specify(any(2)); return 0;
            default: {
                unsigned sum = status();
                for (unsigned i = any(20); i > 0; --i) sum = sum * 31 + in(0x3F5);
                return sum;
            }
        }
    }
    void come_back() {
        dor(0x18);
        time.advance(millisecond);
        dor(0x1C);
        CHECK(wait());
        CHECK(command({0x08}) == Bytes{0xC0, 0});
        out(0x3F4, 0);
        specify(false);
        move({0x07, 0});
        move({0x07, 0});
        program_dma(0x44, 512);
        CHECK(execute({0x46, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF}).size() == 7);
    }
};

}  // namespace

TEST_CASE_FIXTURE(RandomFixture, "fdc random: whatever is written, a reset brings the controller back") {
    for (unsigned round = 0; round < 300; ++round) {
        for (unsigned i = 0; i < 100; ++i) access();
        come_back();
    }
    CHECK(medium.bytes.size() == 2880 * sector_size);
}

TEST_CASE("fdc random: equal runs stay equal, restored ones too") {
    for (unsigned seed = 1; seed <= 8; ++seed) {
        RandomFixture first(seed);
        auto second = std::make_unique<RandomFixture>(seed);
        for (unsigned i = 0; i < 4'000; ++i) {
            REQUIRE(first.access() == second->access());
            if (i % 50 != 49) continue;
            auto fresh = std::make_unique<RandomFixture>(seed);
            fresh->time.advance_to(second->time.now());
            fresh->medium = second->medium;
            fresh->random = second->random;
            fresh->dma.restore(through_archive(second->dma.state()));
            fresh->fdc.restore(through_archive(second->fdc.state()));
            fresh->memory.write_bytes(FdcFixture::buffer, second->in_memory(4096));
            second = std::move(fresh);
            REQUIRE(listed(first.fdc.state()) == listed(second->fdc.state()));
            REQUIRE(first.time.clock.next_deadline() == second->time.clock.next_deadline());
        }
        CHECK(first.medium.bytes == second->medium.bytes);
    }
}
