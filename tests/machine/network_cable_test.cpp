// Frames reach a card in order, at the speed of its wire, and wait where it has no room.
#include "machine/network_cable.hpp"

#include "tests/devices/bench_clock.hpp"

#include <doctest/doctest.h>

#include <optional>

using namespace calque;

namespace {

using Bytes = std::vector<std::uint8_t>;

struct Card final : NetworkCard {
    std::int64_t bits_per_second() const override { return 100'000'000; }
    bool can_receive() const override { return room; }
    void receive(EthernetFrame frame) override { received.emplace_back(frame.begin(), frame.end()); }
    void set_link(bool up) override { link = up; }
    using NetworkCard::tell_receive_room;
    using NetworkCard::transmit;

    bool room = true, link = false;
    std::vector<Bytes> received;
};

struct Bench {
    BenchClock bench;
    Card card;
    std::vector<Bytes> sent;
    NetworkCable cable{bench.clock, card,
                       [this](EthernetFrame frame) { sent.emplace_back(frame.begin(), frame.end()); }};
};

}  // namespace

TEST_CASE("cable: plugging it in brings the link up, and what the card sends comes out") {
    Bench bench;
    CHECK(bench.card.link);
    bench.card.transmit(Bytes(100, 7));
    CHECK(bench.sent == std::vector<Bytes>(1, Bytes(100, 7)));
    bench.card.transmit(Bytes(1519));
    CHECK(bench.sent.size() == 1);
}

TEST_CASE("cable: frames take wire time, one after the other, and are filled up") {
    Bench bench;
    bench.cable.send(Bytes(1514, 1));
    bench.cable.send(Bytes(42, 2));
    const Nanoseconds first = ethernet::wire_time(1514, 100'000'000);
    bench.bench.advance(first - 1);
    CHECK(bench.card.received.empty());
    bench.bench.advance(1);
    CHECK(bench.card.received.size() == 1);
    bench.bench.advance(ethernet::wire_time(60, 100'000'000));
    REQUIRE(bench.card.received.size() == 2);
    CHECK(bench.card.received[1].size() == 60);
    CHECK(bench.card.received[1][41] == 2);
    CHECK(bench.card.received[1][42] == 0);
    CHECK(bench.bench.clock.next_deadline() == never);
}

TEST_CASE("cable: frames wait for room") {
    Bench bench;
    bench.card.room = false;
    bench.cable.send(Bytes(60, 1));
    bench.cable.send(Bytes(60, 2));
    bench.bench.advance(1'000'000);
    bench.card.tell_receive_room();  // and there is none yet
    bench.bench.advance(1'000'000);
    CHECK(bench.card.received.empty());
    bench.card.room = true;
    bench.card.tell_receive_room();
    CHECK(bench.card.received.empty());  // not within the guest's access
    bench.bench.advance(0);
    CHECK(bench.card.received.size() == 2);
    CHECK(bench.bench.clock.next_deadline() == never);
}

TEST_CASE("cable: a card without room is told what it loses in the end") {
    Bench bench;
    bench.card.room = false;
    bench.cable.send(Bytes(60, 1));
    bench.cable.send(Bytes(60, 2));
    bench.bench.advance(NetworkCable::longest_wait + 10'000);
    CHECK(bench.card.received.size() == 1);
    bench.bench.advance(NetworkCable::longest_wait);
    CHECK(bench.card.received.size() == 2);
}

TEST_CASE("cable: it does not hold frames without end") {
    Bench bench;
    bench.card.room = false;
    for (std::size_t i = 0; i < 2 * NetworkCable::longest_queue; ++i) bench.cable.send(Bytes(60));
    bench.card.room = true;
    bench.bench.advance(1'000'000'000);
    CHECK(bench.card.received.size() == NetworkCable::longest_queue);
}

TEST_CASE("cable: a card outlives it") {
    Bench bench;
    Card card;
    std::optional<NetworkCable> cable;
    cable.emplace(bench.bench.clock, card, [](EthernetFrame) {});
    cable.reset();
    card.transmit(Bytes(60));
    card.tell_receive_room();
}
