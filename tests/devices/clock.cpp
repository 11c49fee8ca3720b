// Order of deadlines, rates and the port bus's splitting.
#include "devices/clock.hpp"

#include "bench_clock.hpp"
#include "devices/port_bus.hpp"
#include "devices/rate.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace calque;

TEST_CASE("timers expire by deadline, ties by registration") {
    BenchClock bench;
    std::string order;
    Timer a(bench.clock, "a", [&] { order += 'a'; });
    Timer b(bench.clock, "b", [&] { order += 'b'; });
    Timer c(bench.clock, "c", [&] { order += 'c'; });
    c.arm(5);
    b.arm(10);
    a.arm(10);
    bench.advance_to(20);
    CHECK(order == "cab");
    CHECK(bench.clock.next_deadline() == never);
}

TEST_CASE("nothing is due behind the end of time") {
    BenchClock bench;
    Timer timer(bench.clock, "late", [] {});
    timer.arm(end_of_time + 1);
    CHECK_FALSE(timer.armed());
    CHECK(bench.clock.next_deadline() == never);
    timer.arm(end_of_time);
    CHECK(bench.clock.next_deadline() == end_of_time);
}

TEST_CASE("a timer may re-arm itself and is caught up with") {
    HandTimeSource source;
    Clock clock(source);
    std::vector<Nanoseconds> fired;
    Nanoseconds next = 10;
    Timer timer(clock, "periodic", [] {});
    Timer periodic(clock, "periodic", [&] {
        fired.push_back(next);
        next += 10;
        periodic.arm(next);
    });
    periodic.arm(next);
    source.time = 35;
    clock.run_expired();
    CHECK(fired == std::vector<Nanoseconds>{10, 20, 30});
    CHECK(clock.next_deadline() == 40);
}

TEST_CASE("only a changed earliest deadline is told") {
    BenchClock bench;
    int told = 0;
    bench.clock.on_deadline_change([&] { ++told; });
    Timer a(bench.clock, "a", [] {});
    Timer b(bench.clock, "b", [] {});
    a.arm(100);
    b.arm(200);
    CHECK(told == 1);
    b.arm(50);
    b.disarm();
    CHECK(told == 3);
    {
        Timer gone(bench.clock, "gone", [] {});
        gone.arm(1);
    }
    CHECK(told == 5);
    CHECK(bench.clock.next_deadline() == 100);
}

TEST_CASE("rates convert exactly in both directions") {
    constexpr std::int64_t hertz = 1'193'182;
    CHECK(ticks_at(nanoseconds_per_second, hertz) == hertz);
    for (Ticks tick : {-3l, 0l, 1l, 17l, 1'193'181l, 1'193'183l, 40'000'000'000'123l}) {
        const Nanoseconds time = time_of_tick(tick, hertz);
        CHECK(ticks_at(time, hertz) == tick);
        CHECK(ticks_at(time - 1, hertz) == tick - 1);
    }
}

namespace {

/// Answers with what it is asked.
class Echo final : public PortDevice {
public:
    std::uint32_t port_read(std::uint16_t port, unsigned size) override {
        log.push_back(size);
        return port & 0xFFu;
    }
    void port_write(std::uint16_t port, std::uint32_t value, unsigned size) override {
        log.push_back(port * 0x100u + value % 0x100 + size * 0x100'0000);
    }
    std::vector<std::uint32_t> log;
};

}  // namespace

TEST_CASE("wide accesses are split to what the device takes") {
    PortBus bus;
    Echo bytes, words;
    bus.attach(0x10, 0x17, bytes, "bytes");
    bus.attach(0x18, 0x1B, words, "words", 2);
    CHECK(bus.read(0x10, 4) == 0x13121110);
    CHECK(bus.read(0x18, 4) == 0x001A0018);
    CHECK(words.log == std::vector<std::uint32_t>{2, 2});
    CHECK(bus.read(0x16, 4) == 0x00181716);
    bus.write(0x11, 0xBBAA, 2);
    CHECK(bytes.log.back() == 0x10012BB);
}

TEST_CASE("nobody's ports read as ones and are told whole") {
    PortBus bus;
    Echo device;
    unsigned told = 0;
    bus.on_unhandled([&](std::uint16_t, unsigned size, bool, std::uint32_t) { told += size; });
    bus.attach(0x20, 0x21, device, "device");
    CHECK(bus.read(0x1C, 4) == 0xFFFFFFFF);
    CHECK(told == 4);
    CHECK(bus.read(0x1F, 2) == 0x20FF);
    CHECK(bus.read(0xFFFF, 1) == 0xFF);
}

TEST_CASE("ranges may not overlap and can be taken back") {
    PortBus bus;
    Echo device, other;
    bus.attach(0x20, 0x2F, device, "device");
    bus.attach(0x40, 0x4F, other, "other");
    CHECK_THROWS_AS(bus.attach(0x2F, 0x30, other, "other"), std::logic_error);
    bus.detach(0x20, device);
    CHECK(bus.read(0x20, 1) == 0xFF);
    CHECK(bus.read(0x45, 1) == 0x45);
    bus.attach(0x2F, 0x30, other, "other");
    CHECK(bus.read(0x2F, 1) == 0x2F);
}
