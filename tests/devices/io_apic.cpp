// The 82093AA, with a local APIC at the other end.
#include "apic_fixture.hpp"

#include <doctest/doctest.h>

using namespace calque;

namespace {

constexpr std::uint32_t level = 0x8000, active_low = 0x2000, masked = 0x1'0000, remote_irr = 0x4000;

}  // namespace

TEST_CASE("identity, and 24 masked entries") {
    Apics apics;
    CHECK(apics.io_read(1) == 0x0017'0011);
    apics.io_write(0, 0xFF00'0000);
    CHECK(apics.io_read(0) == 0x0F00'0000);
    CHECK(apics.io_read(2) == 0x0F00'0000);
    for (std::uint8_t i = 0; i < 24; ++i)
        CHECK(apics.io_read(static_cast<std::uint8_t>(0x10 + 2 * i)) == masked);
    CHECK(apics.io_read(0x40) == 0);
    apics.io_write(0x11, 0xFFFF'FFFF);
    apics.io_write(0x10, 0xFFFF'FFFF);
    CHECK(apics.io_read(0x11) == 0xFF00'0000);
    CHECK(apics.io_read(0x10) == 0x1'AFFF);  // delivery status and remote IRR are not the guest's
    apics.memory.write(IoApic::base + 0x10, 0, 2);
    CHECK(apics.io_read(0x10) == 0x1'AFFF);
    CHECK(apics.memory.read(IoApic::base + 0x12, 1) == 1);
}

TEST_CASE("an edge is one interrupt, and none at a masked pin") {
    Apics apics;
    apics.redirect(4, 0x41);
    apics.io.set_pin(4, true);
    CHECK(apics.local.acknowledge() == 0x41);
    apics.end();
    CHECK_FALSE(apics.local.interrupt.level());
    CHECK(apics.ended.empty());
    apics.io.set_pin(4, false);
    apics.redirect(4, masked | 0x41);
    apics.io.set_pin(4, true);
    apics.redirect(4, 0x41);
    CHECK_FALSE(apics.local.interrupt.level());
}

TEST_CASE("a level asks again after its end, as long as anybody drives it") {
    Apics apics;
    apics.redirect(11, level | 0x51);
    apics.io.set_pin(11, true, 1);
    apics.io.set_pin(11, true, 2);
    CHECK(apics.io_read(0x10 + 22) == (level | remote_irr | 0x51));
    CHECK(apics.local.acknowledge() == 0x51);
    apics.io.set_pin(11, false, 1);
    apics.end();
    CHECK(apics.ended == std::vector<std::uint8_t>{0x51});
    CHECK(apics.local.acknowledge() == 0x51);
    apics.io.set_pin(11, false, 2);
    apics.end();
    CHECK_FALSE(apics.local.interrupt.level());
    CHECK(apics.io_read(0x10 + 22) == (level | 0x51));
}

TEST_CASE("a level that came while the pin was masked is served when it is not") {
    Apics apics;
    apics.redirect(10, masked | level | 0x51);
    apics.io.set_pin(10, true);
    CHECK_FALSE(apics.local.interrupt.level());
    apics.redirect(10, level | 0x51);
    CHECK(apics.local.interrupt.level());
}

TEST_CASE("to leave the level-triggered mode resets remote IRR") {
    Apics apics;
    apics.redirect(10, level | 0x51);
    apics.io.set_pin(10, true);
    CHECK((apics.io_read(0x10 + 20) & remote_irr) != 0);
    apics.redirect(10, masked | 0x51);
    apics.redirect(10, masked | level | 0x51);
    CHECK((apics.io_read(0x10 + 20) & remote_irr) == 0);
}

TEST_CASE("polarity: ISA's pins are high when asserted, PCI's low") {
    Apics apics;
    apics.redirect(5, level | active_low | 0x51);
    CHECK(apics.local.acknowledge() == 0x51);  // quiet is what it calls active
    apics.io.set_pin(5, true);
    apics.end();
    CHECK_FALSE(apics.local.interrupt.level());
    apics.redirect(5, masked);

    apics.redirect(20, level | active_low | 0x52);
    CHECK_FALSE(apics.local.interrupt.level());
    apics.io.set_pin(20, true);
    CHECK(apics.local.acknowledge() == 0x52);
}

TEST_CASE("who is not addressed gets nothing, and a level waits for somebody who is") {
    Apics apics;
    apics.redirect(10, masked);
    apics.io_write(0x11 + 20, 0x0700'0000);
    apics.io_write(0x10 + 20, level | 0x51);
    apics.io.set_pin(10, true);
    CHECK((apics.io_read(0x10 + 20) & remote_irr) == 0);
    apics.io_write(0x11 + 20, 0);
    apics.io_write(0x10 + 20, level | 0x51);
    CHECK((apics.io_read(0x10 + 20) & remote_irr) != 0);
    CHECK(apics.local.acknowledge() == 0x51);
}

TEST_CASE("other deliveries: NMI, INIT, and the 8259s'") {
    Apics apics;
    apics.redirect(3, 0x0400);
    apics.io.set_pin(3, true);
    CHECK(apics.nmis == 1);
    apics.redirect(4, 0x0500);
    apics.io.set_pin(4, true);
    CHECK(apics.inits == 1);
    apics.write(0x350, 0x1'0000);
    apics.redirect(0, 0x0700);
    apics.io.set_pin(0, true);
    CHECK(apics.local.acknowledge() == 0x08);
    CHECK(apics.external_acknowledges == 1);
    CHECK_FALSE(apics.local.interrupt.level());
}

TEST_CASE("an I/O APIC's state goes through its description") {
    Apics apics, other;
    apics.redirect(11, level | 0x51);
    apics.io.set_pin(11, true);
    other.io.restore(through_archive(apics.io.state()));
    CHECK(listed(other.io.state()) == listed(apics.io.state()));
    other.io.reset();
    CHECK(other.io_read(0x10 + 22) == masked);
    CHECK(other.io.state().drivers[11] == 1);  // what others drive is theirs
}
