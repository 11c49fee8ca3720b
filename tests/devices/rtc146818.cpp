// The real-time clock as firmware and kernels read, set and wait for it.
#include "devices/rtc146818.hpp"

#include "bench_clock.hpp"

#include <doctest/doctest.h>

using namespace calque;

namespace {

constexpr Nanoseconds second = nanoseconds_per_second;
// 2024-02-28 23:59:58, a Wednesday
constexpr std::int64_t start = 1'709'164'798;

struct Rtc {
    BenchClock bench;
    Rtc146818 chip{bench.clock, start};
    unsigned read(unsigned index) {
        chip.port_write(0x70, index, 1);
        return chip.port_read(0x71, 1);
    }
    void write(unsigned index, unsigned value) {
        chip.port_write(0x70, index, 1);
        chip.port_write(0x71, value, 1);
    }
};

}  // namespace

TEST_CASE("calendar arithmetic holds over centuries") {
    CHECK(to_unix_seconds({2000, 2, 29, 12, 0, 0, 0}) == 951'825'600);
    for (std::int64_t time = -5'000'000'000; time < 9'000'000'000; time += 86'399 * 37) {
        const CalendarTime fields = from_unix_seconds(time);
        CHECK(to_unix_seconds(fields) == time);
    }
    CHECK(from_unix_seconds(start).weekday == 3);
}

TEST_CASE("the date runs over midnight into a leap day") {
    Rtc rtc;
    CHECK(rtc.read(4) == 0x23);
    rtc.bench.advance_to(2 * second);
    CHECK(rtc.read(0) == 0x00);
    CHECK(rtc.read(4) == 0x00);
    CHECK(rtc.read(7) == 0x29);
    CHECK(rtc.read(8) == 0x02);
    CHECK(rtc.read(9) == 0x24);
    CHECK(rtc.read(0x32) == 0x20);
    CHECK(rtc.read(6) == 5);
}

TEST_CASE("binary and 12-hour formats") {
    Rtc rtc;
    rtc.write(0x0B, 0x06);
    rtc.write(4, 13);
    rtc.write(2, 59);
    CHECK(rtc.read(4) == 13);
    rtc.write(0x0B, 0x80);
    rtc.write(4, 0x92);
    rtc.write(0x0B, 0x00);
    CHECK(rtc.read(4) == 0x92);  // 12 PM
    CHECK(from_unix_seconds(rtc.chip.shown_time()).hour == 12);
}

TEST_CASE("UIP warns of the update") {
    Rtc rtc;
    rtc.bench.advance_to(second - 300'000);
    CHECK((rtc.read(0x0A) & 0x80) == 0);
    rtc.bench.advance_to(second - 200'000);
    CHECK((rtc.read(0x0A) & 0x80) == 0x80);
    rtc.bench.advance_to(second);
    CHECK(rtc.read(0x0A) == 0x26);
}

TEST_CASE("setting the clock as kernels do restarts the second half way") {
    Rtc rtc;
    rtc.bench.advance_to(700'000'000);
    rtc.write(0x0B, 0x82);
    rtc.write(0x0A, 0x76);
    for (auto [index, value] :
         {std::pair{9u, 0x99u}, {8u, 0x12u}, {7u, 0x31u}, {4u, 0x23u}, {2u, 0x59u}, {0u, 0x59u}})
        rtc.write(index, value);
    rtc.write(0x32, 0x19);
    rtc.bench.advance(3 * second);
    CHECK(rtc.read(0) == 0x59);
    rtc.write(0x0B, 0x02);
    rtc.write(0x0A, 0x26);
    rtc.bench.advance(499'999'999);
    CHECK(rtc.read(0) == 0x59);
    rtc.bench.advance(1);
    CHECK(rtc.read(0) == 0x00);
    CHECK(rtc.read(9) == 0x00);
    CHECK(rtc.read(0x32) == 0x20);
}

TEST_CASE("periodic interrupts come at the selected rate") {
    Rtc rtc;
    int interrupts = 0;
    rtc.chip.irq.connect([&](bool level) { interrupts += level; });
    rtc.write(0x0A, 0x26);
    rtc.write(0x0B, 0x42);
    for (int i = 0; i < 10'000; ++i) {
        rtc.bench.advance(100'000);
        if (rtc.chip.irq.level()) CHECK((rtc.read(0x0C) & 0xC0) == 0xC0);
    }
    CHECK(interrupts == 1024);
}

TEST_CASE("an interrupt nobody reads stays one interrupt") {
    Rtc rtc;
    rtc.write(0x0B, 0x12);
    rtc.bench.advance(3 * second);
    CHECK(rtc.chip.irq.level());
    CHECK(rtc.bench.clock.next_deadline() == never);
    CHECK(rtc.read(0x0C) == 0xF0);  // it was midnight, too: the alarm's default
    CHECK_FALSE(rtc.chip.irq.level());
    CHECK(rtc.read(0x0C) == 0x00);
}

TEST_CASE("flags are there for polling without interrupts") {
    Rtc rtc;
    rtc.write(0x0A, 0x20);
    rtc.read(0x0C);
    CHECK(rtc.read(0x0C) == 0);
    rtc.bench.advance(second);
    CHECK(rtc.read(0x0C) == 0x10);
    CHECK_FALSE(rtc.chip.irq.level());
}

TEST_CASE("the alarm fires at its time, don't-care fields included") {
    Rtc rtc;
    rtc.write(1, 0x30);
    rtc.write(3, 0x00);
    rtc.write(5, 0x00);
    rtc.write(0x0B, 0x22);
    rtc.bench.advance_to(31 * second);
    CHECK_FALSE(rtc.chip.irq.level());
    rtc.bench.advance_to(32 * second);
    CHECK(rtc.chip.irq.level());
    CHECK((rtc.read(0x0C) & 0xA0) == 0xA0);
    rtc.write(3, 0xFF);
    rtc.write(5, 0xFF);
    rtc.bench.advance_to(92 * second);
    CHECK(rtc.chip.irq.level());
}

TEST_CASE("CMOS bytes, the index register and the NMI mask") {
    Rtc rtc;
    rtc.chip.set_cmos(0x34, 0xA5);
    CHECK(rtc.read(0x34) == 0xA5);
    rtc.write(0x8F, 0x5A);
    CHECK(rtc.chip.nmi_masked());
    CHECK(rtc.chip.cmos(0x0F) == 0x5A);
    CHECK(rtc.read(0x0D) == 0x80);
    CHECK_FALSE(rtc.chip.nmi_masked());
    rtc.chip.reset();
    CHECK(rtc.chip.cmos(0x0F) == 0x5A);
}

TEST_CASE("a restored clock shows the same and interrupts at the same time") {
    Rtc rtc, copy;
    rtc.write(0x0B, 0x12);
    rtc.write(6, 1);
    rtc.bench.advance(second + 1);
    rtc.read(0x0C);
    copy.bench.advance(second + 1);
    copy.chip.restore(through_archive(rtc.chip.state()));
    CHECK(copy.bench.clock.next_deadline() == 2 * second);
    CHECK(copy.read(6) == rtc.read(6));
    CHECK(listed(copy.chip.state()) == listed(rtc.chip.state()));
}
