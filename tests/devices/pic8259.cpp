// The interrupt controllers as boards and drivers use them.
#include "bench_clock.hpp"
#include "devices/pic8259_pair.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

using namespace calque;

namespace {

struct Pics {
    Pic8259Pair pair;
    void out(std::uint16_t port, unsigned value) { pair.port_write(port, value, 1); }
    unsigned in(std::uint16_t port) { return pair.port_read(port, 1); }
    /// As firmware and kernels do it: vectors 20h and 28h, nothing masked.
    Pics(unsigned master_icw4 = 0x01) {
        for (unsigned value : {0x20u, 0x04u, master_icw4}) {
            if (value == 0x20) out(0x20, 0x11);
            out(0x21, value);
        }
        out(0xA0, 0x11);
        for (unsigned value : {0x28u, 0x02u, 0x01u}) out(0xA1, value);
        out(0x21, 0);
        out(0xA1, 0);
    }
};

}  // namespace

TEST_CASE("a master request is acknowledged, held off and ended") {
    Pics pics;
    pics.pair.set_irq(1, true);
    CHECK(pics.pair.interrupt.level());
    CHECK(pics.pair.acknowledge() == 0x21);
    CHECK_FALSE(pics.pair.interrupt.level());
    pics.pair.set_irq(3, true);
    CHECK_FALSE(pics.pair.interrupt.level());  // lower priority
    pics.pair.set_irq(0, true);
    CHECK(pics.pair.acknowledge() == 0x20);
    pics.out(0x20, 0x0B);
    CHECK(pics.in(0x20) == 0x03);
    pics.out(0x20, 0x20);
    CHECK(pics.in(0x20) == 0x02);
    pics.out(0x20, 0x20);
    CHECK(pics.pair.acknowledge() == 0x23);
}

TEST_CASE("a slave request takes both chips and both EOIs") {
    Pics pics;
    pics.pair.set_irq(12, true);
    CHECK(pics.pair.acknowledge() == 0x2C);
    pics.out(0x20, 0x0B);
    CHECK(pics.in(0x20) == 0x04);
    pics.pair.set_irq(14, true);
    pics.out(0xA0, 0x20);
    pics.out(0x20, 0x20);
    CHECK(pics.pair.acknowledge() == 0x2E);
}

TEST_CASE("a withdrawn edge becomes a spurious IRQ7, behind the cascade IRQ15") {
    Pics pics;
    pics.pair.set_irq(4, true);
    pics.pair.set_irq(4, false);
    CHECK_FALSE(pics.pair.interrupt.level());
    CHECK(pics.pair.acknowledge() == 0x27);
    pics.out(0x20, 0x0B);
    CHECK(pics.in(0x20) == 0);  // not in service: no EOI wanted
}

TEST_CASE("an edge counts once, a level as long as it lasts") {
    Pics pics;
    pics.pair.set_irq(5, true);
    CHECK(pics.pair.acknowledge() == 0x25);
    pics.out(0x20, 0x20);
    CHECK_FALSE(pics.pair.interrupt.level());
    pics.out(0x4D1, 0xFF);
    CHECK(pics.in(0x4D1) == 0xDE);
    pics.pair.set_irq(10, true, Pic8259Pair::pci);
    CHECK(pics.pair.acknowledge() == 0x2A);
    pics.out(0xA0, 0x20);
    pics.out(0x20, 0x20);
    CHECK(pics.pair.interrupt.level());
    pics.pair.set_irq(10, false, Pic8259Pair::pci);
    CHECK_FALSE(pics.pair.interrupt.level());
}

TEST_CASE("an input stays high while any of its drivers holds it") {
    Pics pics;
    pics.out(0x4D1, 0x02);
    pics.pair.set_irq(9, true, Pic8259Pair::acpi);
    pics.pair.set_irq(9, true, Pic8259Pair::pci);
    pics.pair.set_irq(9, false, Pic8259Pair::acpi);
    CHECK(pics.pair.interrupt.level());
    pics.pair.set_irq(9, false, Pic8259Pair::pci);
    CHECK_FALSE(pics.pair.interrupt.level());
}

TEST_CASE("masking, and the mask test that kernels probe with") {
    Pics pics;
    pics.out(0x21, 0xFB);
    CHECK(pics.in(0x21) == 0xFB);
    pics.pair.set_irq(0, true);
    CHECK_FALSE(pics.pair.interrupt.level());
    pics.out(0x20, 0x0A);
    CHECK(pics.in(0x20) == 0x01);
    pics.out(0x21, 0xFA);
    CHECK(pics.pair.acknowledge() == 0x20);
}

TEST_CASE("specific EOI, rotation and automatic EOI") {
    Pics pics;
    pics.pair.set_irq(4, true);
    CHECK(pics.pair.acknowledge() == 0x24);
    pics.out(0x20, 0xE4);  // rotate on specific EOI: 4 is the lowest now
    pics.pair.set_irq(3, true);
    pics.pair.set_irq(5, true);
    CHECK(pics.pair.acknowledge() == 0x25);
    CHECK_FALSE(pics.pair.interrupt.level());
    pics.out(0x20, 0x65);
    CHECK(pics.pair.acknowledge() == 0x23);

    Pics automatic(0x03);
    automatic.pair.set_irq(2 + 8, true);
    automatic.pair.set_irq(6, true);
    CHECK(automatic.pair.acknowledge() == 0x2A);
    CHECK(automatic.pair.interrupt.level());
    CHECK(automatic.pair.acknowledge() == 0x26);
}

TEST_CASE("the special mask mode lets lower priorities through") {
    Pics pics;
    pics.pair.set_irq(1, true);
    pics.pair.acknowledge();
    pics.pair.set_irq(6, true);
    CHECK_FALSE(pics.pair.interrupt.level());
    pics.out(0x21, 0x02);
    pics.out(0x20, 0x68);
    CHECK(pics.pair.interrupt.level());
    CHECK(pics.pair.acknowledge() == 0x26);
    pics.out(0x20, 0x20);  // ends 6; 1 is masked and set aside
    pics.out(0x20, 0x0B);
    CHECK(pics.in(0x20) == 0x02);
}

TEST_CASE("polling acknowledges") {
    Pics pics;
    pics.pair.set_irq(7, true);
    pics.out(0x20, 0x0C);
    CHECK(pics.in(0x20) == 0x87);
    CHECK_FALSE(pics.pair.interrupt.level());
}

TEST_CASE("ICW1 forgets masks and edges") {
    Pics pics;
    pics.pair.set_irq(3, true);
    pics.out(0x20, 0x11);
    pics.out(0x21, 0x40);
    pics.out(0x21, 0x04);
    CHECK_FALSE(pics.pair.interrupt.level());
    pics.out(0x21, 0x01);
    CHECK_FALSE(pics.pair.interrupt.level());
    pics.pair.set_irq(3, false);
    pics.pair.set_irq(3, true);
    CHECK(pics.pair.acknowledge() == 0x43);
}

TEST_CASE("the state of both chips goes through its description") {
    Pics pics;
    pics.pair.set_irq(12, true);
    pics.pair.set_irq(1, true);
    pics.pair.acknowledge();
    Pic8259Pair copy;
    copy.restore(through_archive(pics.pair.state()));
    CHECK(listed(copy.state()) == listed(pics.pair.state()));
    copy.port_write(0x20, 0x20, 1);
    CHECK(copy.acknowledge() == 0x2C);
}
