// ACPI events, the timer and power-off, as firmware tables and kernels use them.
#include "devices/piix4_pm.hpp"

#include "bench_clock.hpp"

#include <doctest/doctest.h>

using namespace calque;

namespace {

/// Set up the way SeaBIOS does: PM block at 600h, SMBus at 700h.
struct Pm {
    BenchClock bench;
    PortBus ports;
    Piix4Pm chip{bench.clock, ports};
    Pm() {
        chip.config_write(0x40, 0x601, 4);
        chip.config_write(0x80, 1, 1);
        chip.config_write(0x90, 0x701, 4);
        chip.config_write(0xD2, 9, 1);
    }
    bool sci() { return chip.acpi().sci.level(); }
};

constexpr std::uint16_t status = 0x600, enable = 0x602, control = 0x604, timer = 0x608;

}  // namespace

TEST_CASE("system management mode counts as set up, so that firmware leaves it alone") {
    Pm pm;
    CHECK((pm.chip.config_read(0x58, 4) & 0x0200'0000) != 0);
    CHECK(pm.chip.config_read(0, 4) == 0x71138086);
}

TEST_CASE("the PM block moves with its base register") {
    Pm pm;
    pm.chip.config_write(0x40, 0xB001, 4);
    CHECK(pm.ports.read(status, 4) == 0xFFFFFFFF);
    CHECK(pm.ports.read(0xB000, 2) == 0);
    pm.chip.config_write(0x80, 0, 1);
    CHECK(pm.ports.read(0xB000, 2) == 0xFFFF);
}

TEST_CASE("the timer counts 24 bits at 3.58 MHz") {
    Pm pm;
    pm.bench.advance_to(nanoseconds_per_second);
    CHECK(pm.ports.read(timer, 4) == 3'579'545);
    pm.bench.advance_to(5 * nanoseconds_per_second);
    CHECK(pm.ports.read(timer, 4) == 5 * 3'579'545 % 0x100'0000);
}

TEST_CASE("the timer is read whole though time goes on") {
    struct PassingTime final : TimeSource {
        Nanoseconds now() override { return time += 20'000; }
        Nanoseconds time = 0;
    } passing;
    Clock clock(passing);
    PortBus ports;
    Piix4Pm chip(clock, ports);
    chip.config_write(0x40, 0x601, 4);
    chip.config_write(0x80, 1, 1);
    std::uint32_t last = ports.read(timer, 4);
    for (int i = 0; i < 1000; ++i) {
        const std::uint32_t next = ports.read(timer, 4);
        REQUIRE(next > last);
        REQUIRE(next - last < 100);
        last = next;
    }
}

TEST_CASE("SCI follows SCI_EN, which the SMI command port switches") {
    Pm pm;
    pm.ports.write(enable, 0x100, 2);
    pm.chip.acpi().press_power_button();
    CHECK_FALSE(pm.sci());
    pm.ports.write(0xB2, 0xF1, 1);
    CHECK((pm.ports.read(control, 2) & 1) == 1);
    CHECK(pm.sci());
    CHECK(pm.ports.read(status, 2) == 0x100);
    pm.ports.write(status, 0x100, 2);
    CHECK_FALSE(pm.sci());
    pm.ports.write(0xB2, 0xF0, 1);
    CHECK((pm.ports.read(control, 2) & 1) == 0);
    CHECK(pm.ports.read(0xB2, 1) == 0xF0);
}

TEST_CASE("the timer's carry interrupts when enabled and is seen when not") {
    Pm pm;
    const Nanoseconds carry = time_of_tick(1 << 23, AcpiRegisters::timer_hertz);
    pm.ports.write(control, 1, 2);
    CHECK(pm.bench.clock.next_deadline() == never);
    pm.ports.write(enable, 1, 2);
    CHECK(pm.bench.clock.next_deadline() == carry);
    pm.bench.advance_to(carry);
    CHECK(pm.sci());
    CHECK((pm.ports.read(status, 2) & 1) == 1);
    pm.ports.write(status, 1, 2);
    CHECK_FALSE(pm.sci());
    pm.ports.write(enable, 0, 2);
    pm.bench.advance(carry + 1);
    CHECK((pm.ports.read(status, 2) & 1) == 1);
}

TEST_CASE("soft-off needs SLP_EN and the right sleep type") {
    Pm pm;
    int offs = 0;
    pm.chip.acpi().on_power_off([&] { ++offs; });
    pm.ports.write(control, 0x0001, 2);
    pm.ports.write(control, 0x2401, 2);  // S3 is not there
    CHECK(offs == 0);
    pm.ports.write(control, 0x2001, 2);
    CHECK(offs == 1);
    CHECK(pm.ports.read(control, 2) == 0x0001);
}

TEST_CASE("GPE0 has its own status and enable bytes") {
    Pm pm;
    pm.ports.write(0xB2, 0xF1, 1);
    pm.ports.write(0xAFE2, 0x02, 1);
    pm.chip.acpi().raise_gpe0(1);
    CHECK(pm.sci());
    CHECK(pm.ports.read(0xAFE0, 1) == 2);
    pm.ports.write(0xAFE0, 0xFF, 1);
    CHECK_FALSE(pm.sci());
}

TEST_CASE("SMBus transactions go unanswered, once the address is out") {
    Pm pm;
    pm.ports.write(0x704, 0xA1, 1);
    pm.ports.write(0x702, 0x48, 1);
    CHECK(pm.ports.read(0x702, 1) == 0x08);
    CHECK(pm.ports.read(0x700, 1) == 0x01);  // busy
    pm.bench.advance(SmbusHost::address_time);
    CHECK(pm.ports.read(0x700, 1) == 0x04);
    CHECK_FALSE(pm.chip.smbus_irq.level());
    pm.ports.write(0x700, 0x04, 1);
    CHECK(pm.ports.read(0x700, 1) == 0);
    CHECK(pm.bench.clock.next_deadline() == never);
}

TEST_CASE("SMBus interrupts come to IRQ 9 where the guest wants them there") {
    Pm pm;
    pm.ports.write(0x702, 0x49, 1);
    pm.bench.advance(SmbusHost::address_time);
    CHECK(pm.chip.smbus_irq.level());
    pm.chip.config_write(0xD2, 1, 1);  // SMI instead
    CHECK_FALSE(pm.chip.smbus_irq.level());
    pm.chip.config_write(0xD2, 9, 1);
    CHECK(pm.chip.smbus_irq.level());
    pm.ports.write(0x700, 0x04, 1);
    CHECK_FALSE(pm.chip.smbus_irq.level());
}

TEST_CASE("an SMBus transaction can be killed, and its block be filled") {
    Pm pm;
    pm.ports.write(0x702, 0x54, 1);
    pm.ports.write(0x702, 0x02, 1);
    CHECK(pm.ports.read(0x700, 1) == 0x10);
    pm.bench.advance(SmbusHost::address_time);
    CHECK(pm.ports.read(0x700, 1) == 0x10);
    pm.ports.write(0x702, 0x02, 1);  // there is nothing left to kill
    pm.ports.read(0x702, 1);
    for (unsigned i = 0; i < 33; ++i) pm.ports.write(0x707, i, 1);
    pm.ports.read(0x702, 1);
    CHECK(pm.ports.read(0x707, 1) == 32);  // it is 32 bytes long
    CHECK(pm.ports.read(0x707, 1) == 1);
    pm.ports.write(0x701, 0xFF, 1);
    CHECK(pm.ports.read(0x701, 1) == 0);
    pm.ports.write(0x708, 0xFF, 1);
    CHECK(pm.ports.read(0x708, 1) == 0x0F);
    pm.ports.write(0x702, 0x48, 1);
    pm.chip.reset();
    CHECK(pm.bench.clock.next_deadline() == never);
}

TEST_CASE("a restored function is where it was and interrupts when it would have") {
    Pm pm;
    pm.ports.write(control, 1, 2);
    pm.ports.write(enable, 0x101, 2);
    BenchClock bench;
    PortBus ports;
    Piix4Pm copy(bench.clock, ports);
    copy.restore(through_archive(pm.chip.state()));
    CHECK(listed(copy.state()) == listed(pm.chip.state()));
    CHECK(ports.read(enable, 2) == 0x101);
    CHECK(bench.clock.next_deadline() == pm.bench.clock.next_deadline());
    copy.reset();
    CHECK(ports.read(enable, 2) == 0xFFFF);
}
