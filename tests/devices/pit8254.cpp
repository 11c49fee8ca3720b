// Counter modes, read-back and the edges of counter 0.
#include "devices/pit8254.hpp"

#include "bench_clock.hpp"
#include "devices/system_control.hpp"

#include <doctest/doctest.h>

using namespace calque;

namespace {

struct Timers {
    BenchClock bench;
    Pit8254 pit{bench.clock};
    SystemControlPortB port_b{bench.clock, pit};
    std::vector<Ticks> rises;

    Timers() {
        pit.out0.connect([this](bool level) {
            if (level) rises.push_back(ticks_at(bench.now(), Pit8254::hertz));
        });
    }
    void out(std::uint16_t port, unsigned value) { pit.port_write(port, value, 1); }
    unsigned in(std::uint16_t port) { return pit.port_read(port, 1); }
    void to_tick(Ticks tick) { bench.advance_to(time_of_tick(tick, Pit8254::hertz)); }
    void set(unsigned counter, unsigned mode, unsigned count) {
        out(0x43, counter << 6 | 0x30 | mode << 1);
        out(static_cast<std::uint16_t>(0x40 + counter), count & 0xFF);
        out(static_cast<std::uint16_t>(0x40 + counter), count >> 8);
        rises.clear();
    }
    unsigned latched(unsigned counter) {
        const auto port = static_cast<std::uint16_t>(0x40 + counter);
        out(0x43, counter << 6);
        const unsigned low = in(port);
        return low | in(port) << 8;
    }
    unsigned status(unsigned counter) {
        out(0x43, 0xE0 | 2u << counter);
        return in(static_cast<std::uint16_t>(0x40 + counter));
    }
};

}  // namespace

TEST_CASE("mode 2 raises OUT once a period, without drift") {
    Timers t;
    t.set(0, 2, 1000);
    t.to_tick(5001);
    CHECK(t.rises == std::vector<Ticks>{1001, 2001, 3001, 4001, 5001});
    t.to_tick(5001 + 250);
    CHECK(t.latched(0) == 750);
}

TEST_CASE("mode 2 with count 0 is the 18.2 Hz of firmware") {
    Timers t;
    t.set(0, 2, 0);
    t.bench.advance_to(nanoseconds_per_second);
    CHECK(t.rises.size() == 18);
    CHECK(t.rises[1] - t.rises[0] == 65536);
}

TEST_CASE("mode 3 is square, an odd count one tick longer high") {
    Timers t;
    t.set(0, 3, 5);
    std::string wave;
    for (Ticks tick = 1; tick <= 10; ++tick) {
        t.to_tick(tick);
        wave += t.pit.out0.level() ? '1' : '0';
    }
    CHECK(wave == "1110011100");
    t.set(0, 3, 1000);
    t.to_tick(10 + 1 + 100);
    CHECK(t.latched(0) == 800);
}

TEST_CASE("mode 0 counts to zero once and goes on counting") {
    Timers t;
    t.set(0, 0, 100);
    CHECK_FALSE(t.pit.out0.level());
    t.to_tick(100);
    CHECK_FALSE(t.pit.out0.level());
    t.to_tick(101);
    CHECK(t.pit.out0.level());
    t.to_tick(111);
    CHECK(t.latched(0) == 0xFFF6);
    CHECK(t.bench.clock.next_deadline() == never);
}

TEST_CASE("mode 4, the one-shot of kernels: one tick low at the end") {
    Timers t;
    t.set(0, 4, 50);
    t.to_tick(51);
    CHECK_FALSE(t.pit.out0.level());
    t.to_tick(52);
    CHECK(t.rises == std::vector<Ticks>{52});
    t.to_tick(60);
    t.out(0x40, 10);
    t.out(0x40, 0);
    t.to_tick(100);
    CHECK(t.rises == std::vector<Ticks>{52, 72});  // 60 + 1 + 10 + 1
}

TEST_CASE("a new count in mode 2 waits for the period's end") {
    Timers t;
    t.set(0, 2, 100);
    t.to_tick(50);
    t.out(0x40, 30);
    CHECK((t.status(0) & 0x40) == 0);  // half a count is no count
    t.out(0x40, 0);
    CHECK((t.status(0) & 0x40) != 0);
    t.to_tick(161);
    CHECK(t.rises == std::vector<Ticks>{101, 131, 161});
    CHECK((t.status(0) & 0x40) == 0);
}

TEST_CASE("a new count in mode 3 waits for the half period's end") {
    Timers t;
    t.set(0, 3, 100);
    t.to_tick(20);
    t.out(0x40, 40);
    t.out(0x40, 0);
    t.to_tick(50);
    CHECK(t.pit.out0.level());
    t.to_tick(51);
    CHECK_FALSE(t.pit.out0.level());
    t.to_tick(71);
    CHECK(t.rises.back() == 71);
    t.to_tick(111);
    CHECK(t.rises.back() == 111);
}

TEST_CASE("read-back latches status before count, and only once") {
    Timers t;
    t.set(0, 2, 0x1234);
    t.to_tick(1 + 0x34);
    t.out(0x43, 0xC2);
    t.to_tick(100);
    t.out(0x43, 0xC2);
    CHECK(t.in(0x40) == 0xB4);
    CHECK(t.in(0x40) == 0x00);
    CHECK(t.in(0x40) == 0x12);
}

TEST_CASE("BCD counts in decimal") {
    Timers t;
    t.out(0x43, 0x35);
    t.out(0x40, 0x00);
    t.out(0x40, 0x10);
    t.to_tick(1 + 1);
    CHECK(t.latched(0) == 0x0999);
    t.to_tick(1 + 1000);
    CHECK(t.rises.back() == 1001);
}

TEST_CASE("byte-wide access takes one byte") {
    Timers t;
    t.out(0x43, 0x14);
    t.out(0x40, 18);
    t.to_tick(1 + 17);
    CHECK(t.in(0x40) == 1);
    t.out(0x43, 0x24);
    t.out(0x40, 1);
    t.to_tick(18 + 1 + 1);
    CHECK(t.in(0x40) == 0);
    CHECK(t.latched(0) % 256 == 0);
}

TEST_CASE("counter 2 measures time behind the gate of port 61h") {
    Timers t;
    t.set(2, 0, 1000);
    t.to_tick(5000);
    CHECK((t.port_b.port_read(0x61, 1) & 0x20) == 0);
    t.port_b.port_write(0x61, 0x01, 1);
    t.to_tick(5500);
    CHECK(t.latched(2) == 500);
    t.port_b.port_write(0x61, 0x00, 1);
    t.to_tick(9000);
    CHECK(t.latched(2) == 500);
    t.port_b.port_write(0x61, 0x01, 1);
    t.to_tick(9499);
    CHECK((t.port_b.port_read(0x61, 1) & 0x20) == 0);
    t.to_tick(9500);
    CHECK((t.port_b.port_read(0x61, 1) & 0x20) == 0x20);
}

TEST_CASE("mode 1 is triggered by the rising gate") {
    Timers t;
    t.set(2, 1, 10);
    CHECK(t.pit.out2());
    t.pit.set_gate2(true);
    t.to_tick(1);
    CHECK_FALSE(t.pit.out2());
    t.to_tick(10);
    CHECK_FALSE(t.pit.out2());
    t.to_tick(11);
    CHECK(t.pit.out2());
}

TEST_CASE("the refresh bit of port 61h toggles every 15 us") {
    Timers t;
    int changes = 0;
    unsigned last = t.port_b.port_read(0x61, 1) & 0x10;
    for (int i = 0; i < 1000; ++i) {
        t.bench.advance(1'000);
        const unsigned bit = t.port_b.port_read(0x61, 1) & 0x10;
        changes += bit != last;
        last = bit;
    }
    CHECK(changes == 66);
}

TEST_CASE("a restored timer goes on at the same tick") {
    Timers t;
    t.set(0, 2, 100);
    t.to_tick(150);
    Timers copy;
    copy.to_tick(150);
    copy.pit.restore(through_archive(t.pit.state()));
    CHECK(listed(copy.pit.state()) == listed(t.pit.state()));
    copy.rises.clear();
    copy.to_tick(301);
    CHECK(copy.rises == std::vector<Ticks>{201, 301});
}
