// The real-time clocks, on a host whose time is turned by hand.
#include "machine/host_time.hpp"
#include "machine/paced_time.hpp"
#include "tests/machine/small_machine.hpp"

#include <doctest/doctest.h>

using namespace calque;
using namespace calque::test;

namespace {

constexpr Nanoseconds millisecond = 1'000'000;

Nanoseconds host_time = 0;
Nanoseconds read_host_time() { return host_time; }

const Bytes loop_for_ever{0xEB, 0xFE};

/// A machine that gives a clock its processor.
class Bench {
public:
    Bench() { host_time = 12'345; }

    Machine& machine() { return machine_; }
    const Cpu& cpu() { return machine_.board().processor().cpu(); }
    HostEvents& events() { return machine_.events(); }

    /// Executes what the clock allows until `deadline`, in `host` nanoseconds.
    void run(GuestTime& time, Nanoseconds deadline, Nanoseconds host) {
        const std::uint64_t count = time.run_until(deadline) - cpu().retired();
        machine_.run({.instructions = cpu().state.instructions + count, .time = {}, .checkpoint = {}});
        host_time += host;
        time.ran(events());
    }

private:
    SmallFirmware firmware_{loop_for_ever};
    Machine machine_{firmware_.config()};
};

}  // namespace

TEST_CASE("the real-time clock follows the host's") {
    Bench bench;
    HostTime time(bench.cpu(), read_host_time);
    for (Nanoseconds expected = 0; expected < 50 * millisecond; expected += 123'456) {
        CHECK(time.now() == expected);
        host_time += 123'456;
    }
    time.set_now(7);
    host_time += 10;
    CHECK(time.now() == 17);
}

TEST_CASE("after an absence the real-time clock catches up without a jump") {
    Bench bench;
    HostTime time(bench.cpu(), read_host_time);
    time.now();
    host_time += 60 * nanoseconds_per_second;
    Nanoseconds guest = time.now(), expected = 60 * nanoseconds_per_second;
    CHECK(guest <= 10 * millisecond);
    for (int step = 0; step < 14'000; ++step) {
        host_time += millisecond / 2;
        expected += millisecond / 2;
        const Nanoseconds now = time.now();
        REQUIRE(now - guest <= 5 * millisecond);
        guest = now;
    }
    CHECK(guest == expected);
}

TEST_CASE("of a long absence five minutes are caught up") {
    Bench bench;
    HostTime time(bench.cpu(), read_host_time);
    host_time += 3600 * nanoseconds_per_second;
    CHECK(time.now() == 3300 * nanoseconds_per_second);
}

TEST_CASE("an idle guest makes up for an absence from deadline to deadline") {
    Bench bench;
    HostTime time(bench.cpu(), read_host_time);
    host_time += 101 * millisecond;
    const Nanoseconds now = time.now();
    time.idle_until(now + 7 * millisecond, bench.events(), std::chrono::seconds{1});
    CHECK(time.now() == now + 7 * millisecond);
    time.idle_until(never, bench.events(), std::chrono::seconds{1});
    CHECK(time.now() == 101 * millisecond);
}

TEST_CASE("instructions advance the clock of a paced machine") {
    Bench bench;
    PacedTime time(bench.cpu(), 3'000'000, read_host_time);
    CHECK(time.run_until(never) - bench.cpu().retired() == 3000);  // no more than a millisecond
    for (const Nanoseconds deadline : {1'000, 1'001, 1'333, 400'000}) {
        bench.run(time, deadline, 0);
        CHECK(time.now() >= deadline);
        CHECK(time.now() - deadline <= 334);
    }
    time.set_now(5);
    CHECK(time.now() == 5);
}

TEST_CASE("a paced machine sleeps when it is ahead") {
    Bench bench;
    PacedTime time(bench.cpu(), 50'000'000, steady_host_time);
    const Nanoseconds started = steady_host_time();
    while (time.now() < 100 * millisecond) {
        bench.run(time, never, 0);
        REQUIRE(time.now() - (steady_host_time() - started) < 5 * millisecond);
    }
}

TEST_CASE("a paced machine that is too slow follows the host") {
    Bench bench;
    PacedTime time(bench.cpu(), 1'000'000, read_host_time);
    const Nanoseconds started = host_time;
    for (int run = 0; run < 1000; ++run) {
        bench.run(time, never, 2 * millisecond);  // twice the time that it should take
        REQUIRE(host_time - started - time.now() < 15 * millisecond);
    }
    host_time += 20 * nanoseconds_per_second;
    for (int run = 0; run < 3000; ++run) {
        const Nanoseconds now = time.now();
        bench.run(time, never, millisecond);
        REQUIRE(time.now() - now <= 10 * millisecond + 1);
    }
    CHECK(host_time - started - time.now() < 15 * millisecond);
}

TEST_CASE("a clock that hurries stops at each deadline") {
    Bench bench;
    HostTime by_host(bench.cpu(), read_host_time);
    PacedTime paced(bench.cpu(), 1'000'000, read_host_time);
    host_time += nanoseconds_per_second;
    for (GuestTime* time : {static_cast<GuestTime*>(&by_host), static_cast<GuestTime*>(&paced)}) {
        for (int tick = 0; tick < 50; ++tick) {
            const Nanoseconds deadline = time->now() + 4 * millisecond;
            while (time->now() < deadline) {
                bench.run(*time, deadline, millisecond);
                REQUIRE(time->now() <= deadline + millisecond);
            }
        }
    }
}
