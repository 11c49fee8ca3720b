// The NE2000's two guises, saved states and random traffic.
#include "devices/ne2000.hpp"

#include "devices/ne2000_pci.hpp"
#include "network_fixture.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <random>

using namespace calque;

namespace {

struct PciCard : NetworkFixture {
    Ne2000Pci card{bench.clock, memory, ports, card_address, FrameBytes(3000, 0x5A)};

    PciCard() {
        record(card.network());
        card.config_write(0x10, base, 4);
        card.config_write(4, 3, 2);
    }
};

/// One random thing happens. What was read is returned.
std::uint32_t step(PciCard& bench, std::minstd_rand& random) {
    constexpr unsigned values[] = {0, 0x22, 0x0A, 0x12, 0x26, 0x62, 0xFF, 0x46, 0x80};
    const auto offset = static_cast<unsigned>(random() % 3 ? random() % 16 : random() % 32);
    const auto value = static_cast<std::uint32_t>(random() % 2 ? random() : values[random() % 9]);
    const unsigned size = random() % 3 ? 1U : 1U << random() % 3;
    const MacAddress addresses[] = {card_address, broadcast_address, multicast_address, other_address};
    switch (random() % 8) {
        case 0: bench.bench.advance(static_cast<Nanoseconds>(random() % 2'000'000)); return 0;
        case 1:
            bench.card.network().receive(frame_to(addresses[random() % 4], 14 + random() % 1600));
            return bench.card.network().can_receive();
        case 2: return bench.in(0x10, size);
        case 3: return bench.in(offset, size);
        default: bench.out(offset == 0x1F ? 0U : offset, value, size); return 0;
    }
}

}  // namespace

TEST_CASE_FIXTURE(PciCard, "ne2000 pci: what a bus scan and a driver's probing find") {
    CHECK(card.config_read(0, 4) == 0x802910EC);
    CHECK(card.config_read(8, 4) == 0x02000000);
    CHECK(card.config_read(0x3D, 1) == 1);
    CHECK(card.config_read(0x10, 4) == (base | 1));
    CHECK(in(0x0A, 1) == 'P');
    CHECK(in(0x0B, 1) == 'C');
    card.config_write(0x30, 0xE100'0001, 4);
    CHECK(memory.read(0xE100'0000, 1) == 0x5A);
    CHECK(memory.read(0xE100'0FFF, 1) == 0);
}

TEST_CASE_FIXTURE(PciCard, "ne2000 pci: its interrupt is INTA") {
    out(0x0F, 0x40, 1);
    out(0, 0x0A, 1);  // a remote read of nothing is complete
    CHECK(card.interrupt_asserted());
    out(0x07, 0x40, 1);
    CHECK_FALSE(card.interrupt_asserted());
    out(0, 0x0A, 1);
    card.reset();
    CHECK_FALSE(card.interrupt_asserted());
    CHECK(ports.vacant(base, base + 31));
}

TEST_CASE("ne2000 random: equal runs stay equal, restored ones too") {
    for (unsigned seed = 1; seed <= 12; ++seed) {
        PciCard first;
        auto restored = std::make_unique<PciCard>();
        std::minstd_rand a(seed), b(seed);
        for (unsigned i = 0; i < 3'000; ++i) {
            REQUIRE(step(first, a) == step(*restored, b));
            if (i % 300 != 100) continue;
            auto fresh = std::make_unique<PciCard>();
            fresh->bench.advance_to(restored->bench.now());
            fresh->card.restore(through_archive(restored->card.state()));
            fresh->sent = restored->sent;
            restored = std::move(fresh);
        }
        CHECK(listed(first.card.state()) == listed(restored->card.state()));
        CHECK(first.card.interrupt_asserted() == restored->card.interrupt_asserted());
        CHECK(first.bench.clock.next_deadline() == restored->bench.clock.next_deadline());
        CHECK(first.sent == restored->sent);
    }
}
