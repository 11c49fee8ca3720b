// Random traffic: a guest can do nothing to the card that gets out of hand, and a saved card goes on alike.
#include "devices/rtl8139.hpp"
#include "network_fixture.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <random>

using namespace calque;

namespace {

constexpr std::uint32_t registers = 0xE000'0000;

struct RandomCard : NetworkFixture {
    Rtl8139 card{bench.clock, memory, ports, card_address, {}};

    RandomCard() {
        record(card);
        card.config_write(0x10, base, 4);
        card.config_write(0x14, registers, 4);
        card.config_write(4, 7, 2);
    }
};

FrameBytes any_frame(std::minstd_rand& random) {
    const MacAddress addresses[] = {card_address, broadcast_address, multicast_address, other_address};
    return frame_to(addresses[random() % 4], 14 + random() % 1600);
}

/// One random thing happens. What was read is returned.
std::uint64_t step(RandomCard& bench, std::minstd_rand& random) {
    constexpr unsigned favourites[] = {0x10, 0x14, 0x18, 0x1C, 0x37, 0x38,
                                       0x3C, 0x3E, 0x40, 0x44, 0x50, 0x54};
    const auto offset = static_cast<unsigned>(random() % 2 ? random() % 256 : favourites[random() % 12]);
    const unsigned size = 1U << random() % 3;
    const std::uint32_t values[] = {
        static_cast<std::uint32_t>(random()), 0, 0xFFFF'FFFF, 0x0C0C'0C0C, registers, 0x600, 0x0F};
    const std::uint32_t value = values[random() % 7];
    switch (random() % 8) {
        case 0: bench.bench.advance(static_cast<Nanoseconds>(random() % 200'000)); return 0;
        case 1: bench.card.receive(any_frame(random)); return 0;
        case 2: bench.card.set_link(value & 1); return bench.card.can_receive();
        case 3: return bench.in(offset, size);
        case 4: return bench.memory.read(registers + offset % 248, 8);
        case 5: bench.memory.write(registers + offset % 248, value, 8); return 0;
        case 6: bench.card.config_write(4, (value & 0x407) | (random() % 8 ? 7U : 0U), 2); return 0;
        default: bench.out(offset, value, size); return 0;
    }
}

}  // namespace

TEST_CASE("rtl8139 random: equal runs stay equal, restored ones too") {
    for (unsigned seed = 1; seed <= 12; ++seed) {
        RandomCard first;
        auto restored = std::make_unique<RandomCard>();
        std::minstd_rand a(seed), b(seed);
        for (unsigned i = 0; i < 3'000; ++i) {
            REQUIRE(step(first, a) == step(*restored, b));
            if (i % 300 != 100) continue;
            auto fresh = std::make_unique<RandomCard>();
            fresh->bench.advance_to(restored->bench.now());
            const FrameBytes ram = restored->bytes_at(0, 4 << 20);
            fresh->memory.write_bytes(0, ram);
            fresh->card.restore(through_archive(restored->card.state()));
            fresh->sent = restored->sent;
            restored = std::move(fresh);
        }
        CHECK(listed(first.card.state()) == listed(restored->card.state()));
        CHECK(first.bench.clock.next_deadline() == restored->bench.clock.next_deadline());
        CHECK(first.sent == restored->sent);
        first.card.config_write(4, 7, 2);
        first.out(0x37, 0x10, 1);
        CHECK(first.in(0x37, 1) == 1);
    }
}
