// The HPET by its specification.
#include "devices/hpet.hpp"

#include "bench_clock.hpp"

#include <doctest/doctest.h>

using namespace calque;

namespace {

constexpr unsigned configuration = 0x10, status = 0x20, counter = 0xF0;
constexpr unsigned by_level = 0x02, enable = 0x04, periodic = 0x08, value_set = 0x40, mode32 = 0x100;

struct Bench {
    BenchClock bench;
    PhysicalMemory memory{1 << 20};
    Hpet hpet{bench.clock, memory};
    unsigned irq0_edges = 0;

    Bench() {
        hpet.irq0.connect([this](bool level) { irq0_edges += level; });
    }
    std::uint64_t read(unsigned offset, unsigned size = 8) { return memory.read(Hpet::base + offset, size); }
    void write(unsigned offset, std::uint64_t value, unsigned size = 8) {
        memory.write(Hpet::base + offset, value, size);
    }
    void configure(unsigned timer, std::uint64_t value) { write(0x100 + 0x20 * timer, value); }
    void compare(unsigned timer, std::uint64_t value) { write(0x108 + 0x20 * timer, value); }
    std::uint64_t comparator(unsigned timer) { return read(0x108 + 0x20 * timer); }
    void ticks(Nanoseconds count) { bench.advance(count * Hpet::nanoseconds_per_tick); }
};

constexpr std::uint64_t route(unsigned pin) { return pin << 9; }

}  // namespace

TEST_CASE("capabilities: three timers, 64 bits, 10 ns") {
    Bench b;
    CHECK(b.read(0) == 0x0098'9680'8086'A201);
    for (unsigned i = 0; i < 3; ++i) {
        CHECK(b.read(0x100 + 0x20 * i) == 0x00FF'0104'0000'0030);
        CHECK(b.comparator(i) == ~0ULL);
        CHECK(b.read(0x110 + 0x20 * i) == 0);
    }
    CHECK(b.read(0x160) == 0);
    b.write(0, 0);
    CHECK(b.read(4, 4) == 10'000'000);
}

TEST_CASE("the counter stands, runs, and takes 32- and 64-bit accesses") {
    Bench b;
    b.ticks(100);
    CHECK(b.read(counter) == 0);
    b.write(counter, 0xFFFF'FF00);
    b.write(configuration, 1);
    b.ticks(0x1FF);
    CHECK(b.read(counter) == 0x1'0000'00FF);
    CHECK(b.read(counter, 4) == 0xFF);
    CHECK(b.read(counter + 4, 4) == 1);
    b.write(configuration, 0);
    b.ticks(5);
    CHECK(b.read(counter) == 0x1'0000'00FF);
    b.write(counter + 4, 7, 4);
    CHECK(b.read(counter) == 0x7'0000'00FF);
}

TEST_CASE("one shot, routed to a pin") {
    Bench b;
    b.configure(1, enable | route(20));
    b.compare(1, 1000);
    CHECK(b.bench.clock.next_deadline() == never);
    b.write(configuration, 1);
    CHECK(b.bench.clock.next_deadline() == 10'000);
    b.ticks(999);
    CHECK_FALSE(b.hpet.pins[20].level());
    b.ticks(1);
    CHECK(b.hpet.pins[20].level());
    CHECK(b.read(status) == 0);  // an edge has none
    CHECK(b.bench.clock.next_deadline() == never);
    b.configure(1, route(20));
    CHECK_FALSE(b.hpet.pins[20].level());
    b.configure(1, enable | route(5));  // not there
    CHECK((b.read(0x120) & 0x3E00) == route(20));
}

TEST_CASE("levels last until the status is cleared") {
    Bench b;
    b.configure(2, enable | by_level | route(16));
    b.compare(2, 10);
    b.write(configuration, 1);
    b.ticks(10);
    CHECK(b.read(status) == 4);
    CHECK(b.hpet.pins[16].level());
    b.write(status, 3);
    CHECK(b.hpet.pins[16].level());
    b.write(status, 4, 4);
    CHECK(b.read(status) == 0);
    CHECK_FALSE(b.hpet.pins[16].level());
    b.configure(2, by_level | route(16));  // the status comes without the interrupt too
    b.compare(2, 20);
    b.ticks(10);
    CHECK(b.read(status) == 4);
    CHECK_FALSE(b.hpet.pins[16].level());
    b.configure(2, route(16));
    CHECK(b.read(status) == 0);
}

TEST_CASE("periodic, set up as kernels do it: the comparator, then the period") {
    Bench b;
    b.write(configuration, 3);
    b.ticks(7);
    b.configure(0, enable | periodic | value_set | mode32);
    b.compare(0, 107);
    CHECK((b.read(0x100) & value_set) == 0);
    b.compare(0, 50);
    b.ticks(99);
    CHECK(b.irq0_edges == 0);
    b.ticks(1);
    CHECK(b.irq0_edges == 1);
    CHECK(b.comparator(0) == 157);
    CHECK(b.hpet.irq0.level());
    b.ticks(500);
    CHECK(b.irq0_edges == 11);
    CHECK(b.comparator(0) == 657);
    b.configure(0, periodic | mode32);  // unheard, it goes on at no cost
    CHECK(b.bench.clock.next_deadline() == never);
    b.ticks(1000);
    CHECK(b.comparator(0) == 1657);
}

TEST_CASE("32 bits: the counter's lower half decides, each time it comes around") {
    Bench b;
    b.write(counter, 0x5'FFFF'FFF0);
    b.configure(0, enable | mode32 | route(2));
    b.compare(0, 0x10);
    unsigned edges = 0;
    b.hpet.pins[2].connect([&](bool level) { edges += level; });
    b.write(configuration, 1);
    b.ticks(0x20);
    CHECK(edges == 1);
    CHECK(b.bench.clock.next_deadline() == b.bench.now() + 10 * (1LL << 32));
    b.ticks(1LL << 32);
    CHECK(edges == 2);
    b.configure(0, enable | route(2));
    CHECK(b.bench.clock.next_deadline() == never);  // behind the counter, for centuries
}

TEST_CASE("legacy replacement takes the 8254's and the RTC's places") {
    Bench b;
    b.hpet.set_pit(true);
    b.hpet.set_rtc(true);
    CHECK(b.hpet.irq0.level());
    CHECK(b.hpet.irq8.level());
    b.write(configuration, 2);
    CHECK_FALSE(b.hpet.irq0.level());
    CHECK_FALSE(b.hpet.irq8.level());
    b.configure(1, enable | route(20));
    b.compare(1, 5);
    b.write(configuration, 3);
    b.ticks(5);
    CHECK(b.hpet.irq8.level());
    CHECK_FALSE(b.hpet.pins[20].level());
    b.write(configuration, 0);
    CHECK(b.hpet.irq0.level());
}

TEST_CASE("extremes: a counter about to wrap, periods that no interrupt can follow") {
    Bench b;
    b.write(counter, ~0ULL - 1);
    b.configure(0, enable | periodic | value_set | route(2));
    b.compare(0, 3);
    b.compare(0, ~0ULL);
    b.write(configuration, 1);
    b.ticks(10);
    CHECK(b.read(counter) == 8);
    CHECK(b.hpet.pins[2].level());
    CHECK(b.bench.clock.next_deadline() == never);
    b.configure(1, enable | periodic | value_set);
    b.compare(1, 9);
    b.compare(1, 1);
    b.ticks(100);
    CHECK(b.comparator(1) == 109);
}

TEST_CASE("a look that comes late finds what was due, once") {
    struct LateTime final : TimeSource {
        Nanoseconds now() override { return time; }
        Nanoseconds time = 0;
    } late;
    Clock clock(late);
    PhysicalMemory memory(1 << 20);
    Hpet hpet(clock, memory);
    const auto write = [&](unsigned offset, std::uint64_t value) {
        memory.write(Hpet::base + offset, value, 8);
    };
    unsigned edges = 0;
    hpet.irq0.connect([&](bool level) { edges += level; });
    write(0x100, enable | periodic | value_set);
    write(0x108, 100);
    write(configuration, 3);
    late.time = 5'500;
    CHECK(memory.read(Hpet::base + 0x108, 8) == 600);
    CHECK(edges == 1);
    clock.run_expired();
    CHECK(edges == 1);
    CHECK(clock.next_deadline() == 6'000);
}

TEST_CASE("an HPET's state goes through its description") {
    Bench b, other;
    b.write(configuration, 3);
    b.configure(0, enable | periodic | value_set);
    b.compare(0, 100);
    b.ticks(150);
    other.bench.advance_to(b.bench.now());
    other.hpet.restore(through_archive(b.hpet.state()));
    CHECK(listed(other.hpet.state()) == listed(b.hpet.state()));
    CHECK(other.bench.clock.next_deadline() == b.bench.clock.next_deadline());
    CHECK(other.read(counter) == 150);
    other.hpet.reset();
    CHECK(other.read(counter) == 0);
    CHECK(other.bench.clock.next_deadline() == never);
}
