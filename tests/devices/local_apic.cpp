// The local APIC as the SDM's chapter about it has it.
#include "apic_fixture.hpp"

#include <doctest/doctest.h>

using namespace calque;

namespace {

constexpr unsigned task_priority = 0x80, arbitration_priority = 0x90, processor_priority = 0xA0,
                   logical_destination = 0xD0, destination_format = 0xE0, spurious = 0xF0,
                   error_status = 0x280, command_low = 0x300, command_high = 0x310, lvt_timer = 0x320,
                   lvt_lint0 = 0x350, lvt_lint1 = 0x360, lvt_error = 0x370, initial_count = 0x380,
                   current_count = 0x390, divide = 0x3E0;

}  // namespace

TEST_CASE("after reset: disabled by software, all masked but the way for the 8259s") {
    Apics apics(false);
    CHECK(apics.read(0x20) == 0);
    CHECK(apics.read(0x30) == 0x5'0014);
    CHECK(apics.read(task_priority) == 0);
    CHECK(apics.read(logical_destination) == 0);
    CHECK(apics.read(destination_format) == 0xFFFF'FFFF);
    CHECK(apics.read(spurious) == 0xFF);
    for (const unsigned entry : {lvt_timer, 0x330u, 0x340u, lvt_lint1, lvt_error})
        CHECK(apics.read(entry) == 0x1'0000);
    CHECK(apics.read(divide) == 0);
    apics.local.set_lint(0, true);
    CHECK(apics.local.interrupt.level());
    CHECK(apics.local.acknowledge() == 0x08);
    CHECK(apics.external_acknowledges == 1);
    apics.request(0x40);
    CHECK_FALSE(apics.local.interrupt.level());  // not accepted
    apics.write(lvt_timer, 0x40);
    CHECK(apics.read(lvt_timer) == 0x1'0040);  // the mask stays
}

TEST_CASE("priorities: class against class, and the task's") {
    Apics apics;
    apics.request(0x41);
    apics.request(0x52);
    apics.request(0x4F);
    CHECK(apics.local.acknowledge() == 0x52);
    CHECK(apics.read(processor_priority) == 0x50);
    CHECK_FALSE(apics.local.interrupt.level());
    apics.request(0x5F);  // the same class waits
    CHECK_FALSE(apics.local.interrupt.level());
    apics.request(0x60);
    CHECK(apics.local.acknowledge() == 0x60);
    CHECK(apics.read(0x100 + 0x30) == 1);
    apics.end();
    CHECK(apics.read(0x100 + 0x30) == 0);
    apics.end();
    CHECK(apics.local.acknowledge() == 0x5F);
    apics.end();
    CHECK(apics.local.acknowledge() == 0x4F);
    apics.end();

    CHECK(apics.local.interrupt.level());
    apics.write(task_priority, 0x45);
    CHECK_FALSE(apics.local.interrupt.level());
    CHECK(apics.read(processor_priority) == 0x45);
    CHECK(apics.read(arbitration_priority) == 0x45);
    apics.write(task_priority, 0x3F);
    CHECK(apics.local.acknowledge() == 0x41);
    CHECK(apics.read(processor_priority) == 0x40);
    CHECK(apics.read(arbitration_priority) == 0x40);
    apics.end();
    CHECK(apics.read(processor_priority) == 0x3F);
    CHECK(apics.ended.empty());  // all were edges
}

TEST_CASE("an acknowledge without a request is spurious") {
    Apics apics;
    apics.write(spurious, 0x1EF);
    CHECK(apics.local.acknowledge() == 0xEF);
    apics.end();
    CHECK(apics.read(processor_priority) == 0);
}

TEST_CASE("interrupts to oneself, by every way of naming oneself") {
    Apics apics;
    const auto arrives = [&](std::uint32_t high, std::uint32_t low) {
        apics.write(command_high, high);
        apics.write(command_low, low);
        const bool arrived = apics.local.interrupt.level();
        if (arrived) apics.local.acknowledge();
        apics.end();
        return arrived;
    };
    CHECK(arrives(0, 0x4'0041));
    CHECK(arrives(0, 0x8'0041));        // all, with oneself
    CHECK_FALSE(arrives(0, 0xC'0041));  // all others
    CHECK(arrives(0, 0x41));
    CHECK(arrives(0xFF00'0000, 0x41));
    CHECK_FALSE(arrives(0x0100'0000, 0x41));
    CHECK(arrives(0, 0x141));                  // lowest priority
    CHECK_FALSE(arrives(0, 0x4'0141));         // not with a shorthand
    CHECK_FALSE(arrives(0x0400'0000, 0x841));  // no logical ID yet
    apics.write(logical_destination, 0x0600'0000);
    CHECK(arrives(0x0400'0000, 0x841));
    CHECK_FALSE(arrives(0x0800'0000, 0x841));
    apics.write(destination_format, 0x0FFF'FFFF);  // clusters: cluster 0, members 1 and 2
    CHECK(arrives(0x0200'0000, 0x841));
    CHECK_FALSE(arrives(0x1200'0000, 0x841));
    CHECK(arrives(0xF200'0000, 0x841));
    CHECK(apics.read(command_low) == 0x841);
    CHECK(apics.read(command_high) == 0xF200'0000);
}

TEST_CASE("NMI and INIT by command; SIPI and INIT's level de-assert do nothing") {
    Apics apics;
    apics.write(command_low, 0x0400);
    CHECK(apics.nmis == 1);
    apics.write(command_low, 0xC'4500);  // what firmware sends to the other processors
    apics.write(command_low, 0xC'4610);
    apics.write(command_low, 0x8500);
    apics.write(command_low, 0x4610);
    CHECK(apics.inits == 0);
    apics.write(command_low, 0x4500);
    CHECK(apics.inits == 1);
    CHECK_FALSE(apics.local.interrupt.level());
}

TEST_CASE("errors are shown by a write, told of once, and have an interrupt") {
    Apics apics;
    apics.write(lvt_error, 0x42);
    apics.write(command_low, 0x4'000F);
    CHECK(apics.local.acknowledge() == 0x42);
    apics.end();
    CHECK(apics.read(error_status) == 0);
    apics.write(error_status, 0);
    CHECK(apics.read(error_status) == 0x20);
    apics.write(error_status, 0);
    CHECK(apics.read(error_status) == 0);

    apics.read(0x3F0);
    apics.write(0x10, 0);
    CHECK(apics.local.acknowledge() == 0x42);
    apics.end();
    CHECK_FALSE(apics.local.interrupt.level());
    apics.local.receive({.vector = 3});
    CHECK(apics.local.acknowledge() == 0x42);
    apics.end();
    apics.write(error_status, 0);
    CHECK(apics.read(error_status) == 0xC0);
    apics.write(lvt_error, 0x05);  // an illegal vector for its own errors
    apics.read(0x3F0);
    apics.write(error_status, 0);
    CHECK(apics.read(error_status) == 0xC0);
}

TEST_CASE("the 8259s pass through LINT0 whatever the priority, unless it is masked") {
    Apics apics;
    apics.write(task_priority, 0xFF);
    apics.local.set_lint(0, true);
    CHECK(apics.local.acknowledge() == 0x08);
    CHECK_FALSE(apics.local.interrupt.level());
    apics.write(lvt_lint0, 0x1'0700);
    apics.local.set_lint(0, true);
    CHECK_FALSE(apics.local.interrupt.level());
    apics.write(lvt_lint0, 0x700);
    CHECK(apics.local.interrupt.level());
}

TEST_CASE("LINT0 by level asks again until it is quiet; LINT1 is NMI") {
    Apics apics;
    apics.write(lvt_lint0, 0x8041);
    apics.local.set_lint(0, true);
    CHECK(apics.read(lvt_lint0) == 0xC041);
    CHECK(apics.local.acknowledge() == 0x41);
    CHECK_FALSE(apics.local.interrupt.level());
    apics.end();
    CHECK(apics.local.acknowledge() == 0x41);
    apics.local.set_lint(0, false);
    apics.end();
    CHECK_FALSE(apics.local.interrupt.level());
    CHECK(apics.read(lvt_lint0) == 0x8041);

    apics.local.set_lint(1, true);
    apics.local.set_lint(1, false);
    CHECK(apics.nmis == 1);
    apics.write(lvt_lint1, 0x1'0400);
    apics.local.set_lint(1, true);
    CHECK(apics.nmis == 1);
}

TEST_CASE("the timer counts 100 MHz, divided") {
    Apics apics;
    constexpr std::uint32_t by_one = 0xB, by_two = 0, by_sixteen = 3, by_128 = 0xA;
    for (const auto& [code, divisor] :
         {std::pair{by_one, 1}, std::pair{by_two, 2}, std::pair{by_sixteen, 16}, std::pair{by_128, 128}}) {
        apics.write(divide, code);
        CHECK(apics.read(divide) == code);
        apics.write(initial_count, 1'000'000);
        CHECK(apics.read(current_count) == 1'000'000);
        apics.bench.advance(10 * 128 * 100);
        CHECK(apics.read(current_count) == 1'000'000 - 128 * 100 / static_cast<unsigned>(divisor));
    }
    apics.write(divide, by_one);  // in the middle of a count
    const std::uint32_t count = apics.read(current_count);
    apics.bench.advance(10);
    CHECK(apics.read(current_count) == count - 1);
    apics.write(initial_count, 0);
    CHECK(apics.read(current_count) == 0);
    CHECK(apics.bench.clock.next_deadline() == never);
}

TEST_CASE("one shot expires once, periodic again and again, masked never") {
    Apics apics;
    apics.write(divide, 0xB);
    apics.write(lvt_timer, 0x41);
    apics.write(initial_count, 100);
    apics.bench.advance(999);
    CHECK_FALSE(apics.local.interrupt.level());
    apics.bench.advance(1);
    CHECK(apics.local.acknowledge() == 0x41);
    apics.end();
    apics.bench.advance(10'000);
    CHECK_FALSE(apics.local.interrupt.level());
    CHECK(apics.read(current_count) == 0);

    apics.write(lvt_timer, 0x2'0041);
    CHECK(apics.bench.clock.next_deadline() == never);  // nothing was loaded since
    apics.write(initial_count, 100);
    for (unsigned i = 0; i < 3; ++i) {
        CHECK_FALSE(apics.local.interrupt.level());
        apics.bench.advance(1000);
        CHECK(apics.local.acknowledge() == 0x41);
        apics.end();
        CHECK(apics.read(current_count) == 100);
    }
    apics.bench.advance(250);
    apics.write(lvt_timer, 0x3'0041);
    CHECK(apics.bench.clock.next_deadline() == never);  // a masked timer costs nothing
    apics.bench.advance(5'000);
    CHECK(apics.read(current_count) == 75);  // and counts on
    apics.write(lvt_timer, 0x2'0041);
    CHECK(apics.bench.clock.next_deadline() == apics.bench.now() + 750);
}

TEST_CASE("a look that comes late misses nothing") {
    Apics apics;
    struct LateTime final : TimeSource {
        Nanoseconds now() override { return time; }
        Nanoseconds time = 0;
    } late;
    Clock clock(late);
    unsigned expiries = 0;
    ApicTimer timer(clock, [&] { ++expiries; });
    timer.set_mode(false, true);
    timer.set_initial(100);
    late.time = 1'000'000;  // long after, and before the clock has run what expired
    timer.set_mode(false, false);
    CHECK(expiries == 1);
    timer.set_mode(true, true);
    timer.set_divide(0xB);
    timer.set_initial(100);
    late.time += 5'250;
    clock.run_expired();
    CHECK(expiries == 2);  // five periods are one request
    CHECK(clock.next_deadline() == late.time + 750);
}

TEST_CASE("IA32_APIC_BASE moves it, in front of whatever is there, and switches it off") {
    Apics apics;
    apics.memory.write(0x5'0030, 0x1234, 4);
    apics.local.set_base(0x5'0900);
    CHECK(apics.memory.read(0x5'0030, 4) == Apics::version);
    CHECK(apics.read(0x30) == 0xFFFF'FFFF);
    apics.local.set_base(0xFEE0'0900);
    CHECK(apics.memory.read(0x5'0030, 4) == 0x1234);
    apics.request(0x41);
    apics.write(command_high, 0x1100'0000);
    apics.local.set_base(0xFEE0'0100);
    CHECK(apics.read(0x30) == 0xFFFF'FFFF);
    CHECK_FALSE(apics.local.interrupt.level());
    apics.local.set_lint(0, true);  // which is INTR now
    CHECK(apics.local.acknowledge() == 0x08);
    apics.local.set_lint(1, true);
    CHECK(apics.nmis == 1);
    apics.local.set_base(0xFEE0'0900);
    CHECK(apics.read(command_high) == 0);  // as after reset
    CHECK(apics.read(spurious) == 0xFF);
}

TEST_CASE("the families differ in the LVT's length") {
    BenchClock bench;
    PhysicalMemory memory(1 << 20);
    LocalApic pentium(bench.clock, memory, 0x3'0010);
    pentium.set_base(Apics::reset_base);
    CHECK(memory.read(0xFEE0'0340, 4) == 0);
    CHECK(memory.read(0xFEE0'0350, 4) == 0x1'0700 - 0x1'0000);
    memory.write(0xFEE0'0280, 0, 4);
    CHECK(memory.read(0xFEE0'0280, 4) == 0x80);
}

TEST_CASE("INIT keeps the ID, and a state goes through its description") {
    Apics apics;
    apics.write(0x20, 0x0500'0000);
    apics.write(divide, 0xB);
    apics.write(lvt_timer, 0x2'0041);
    apics.write(initial_count, 1000);
    apics.request(0x61);
    Apics other;
    other.local.restore(through_archive(apics.local.state()));
    CHECK(listed(other.local.state()) == listed(apics.local.state()));
    CHECK(other.local.interrupt.level());
    CHECK(other.bench.clock.next_deadline() == apics.bench.clock.next_deadline());

    apics.local.initialize();
    CHECK(apics.read(0x20) == 0x0500'0000);
    CHECK(apics.read(lvt_timer) == 0x1'0000);
    CHECK(apics.bench.clock.next_deadline() == never);
    CHECK_FALSE(apics.local.interrupt.level());
    apics.local.reset();
    CHECK(apics.read(0x20) == 0);
}

TEST_CASE("parts of registers can be read, and only whole ones written") {
    Apics apics;
    CHECK(apics.memory.read(0xFEE0'0032, 1) == 5);
    CHECK(apics.memory.read(0xFEE0'0034, 4) == 0);
    CHECK(apics.memory.read(0xFEE0'0030, 8) == Apics::version);
    apics.memory.write(0xFEE0'0080, 0x55, 1);
    apics.memory.write(0xFEE0'0082, 0x55, 4);
    CHECK(apics.read(task_priority) == 0);
}
