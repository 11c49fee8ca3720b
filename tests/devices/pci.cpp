// Configuration space, BAR decoding, interrupt routing and the bridges, as firmware uses them.
#include "bench_clock.hpp"
#include "devices/i440fx.hpp"
#include "devices/pci_bus.hpp"
#include "devices/piix3_isa.hpp"
#include "devices/port_window.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>

using namespace calque;

namespace {

/// A function with one BAR of each kind that writes down what is mapped.
class Card final : public PciDevice {
public:
    struct State {
        PciConfig config;
    };
    Card() : PciDevice(state_.config) {
        set_identity(
            {.vendor = 0x1234, .device = 0x1111, .class_code = 0x030000, .revision = 2, .interrupt_pin = 1});
        add_bar(0, BarKind::prefetchable_memory, 0x100'0000);
        add_bar(1, BarKind::io, 0x10);
        add_bar(rom_bar, BarKind::rom, 0x1'0000);
    }
    const State& state() const { return state_; }
    void restore(const State& state) {
        state_ = state;
        config_restored();
    }
    void reset() { reset_config(); }
    using PciDevice::set_interrupt;

    std::string log;

private:
    void map_bar(unsigned bar, std::uint32_t base) override { log += fmt::format("+{}@{:x} ", bar, base); }
    void unmap_bar(unsigned bar, std::uint32_t base) override { log += fmt::format("-{}@{:x} ", bar, base); }
    State state_;
};

template <typename Archive>
void describe(Archive& archive, Card::State& state) {
    archive("config", state.config);
}

/// The ports as firmware uses them.
struct Bus {
    PortBus ports;
    PciBus pci;
    Card card;
    Piix3Isa isa;
    I440fx host;

    Bus() {
        ports.attach(PciBus::first_port, PciBus::last_port, pci, "pci", 4);
        pci.attach(0, 0, host);
        pci.attach(1, 0, isa);
        pci.attach(2, 0, card);
        pci.set_narrow_handler(isa);
        for (unsigned i = 0; i < 4; ++i)
            pci.pirq[i].connect([this, i](bool level) { isa.set_pirq(i, level); });
    }
    void select(unsigned slot, unsigned offset) {
        ports.write(0xCF8, 0x80000000u | slot << 11 | (offset & 0xFC), 4);
    }
    std::uint32_t read(unsigned slot, unsigned offset, unsigned size = 4) {
        select(slot, offset);
        return ports.read(static_cast<std::uint16_t>(0xCFC + (offset & 3)), size);
    }
    void write(unsigned slot, unsigned offset, std::uint32_t value, unsigned size = 4) {
        select(slot, offset);
        ports.write(static_cast<std::uint16_t>(0xCFC + (offset & 3)), value, size);
    }
};

}  // namespace

TEST_CASE("a bus scan finds what is there and ones elsewhere") {
    Bus bus;
    CHECK(bus.read(0, 0) == 0x12378086);
    CHECK(bus.read(0, 0x2C) == 0x11001AF4);
    CHECK(bus.read(1, 0x0E, 1) == 0x80);
    CHECK(bus.read(1, 0x08) == 0x06010000);
    CHECK(bus.read(2, 0x0A, 2) == 0x0300);
    CHECK(bus.read(3, 0) == 0xFFFFFFFF);
    bus.ports.write(0xCF8, 0x80010000, 4);
    CHECK(bus.ports.read(0xCFC, 4) == 0xFFFFFFFF);  // bus 1
    bus.ports.write(0xCF8, 0, 4);
    CHECK(bus.ports.read(0xCFC, 4) == 0xFFFFFFFF);  // not enabled
}

TEST_CASE("CONFADD reads back, and only a dword reaches it") {
    Bus bus;
    bus.ports.write(0xCF8, 0x80001234, 4);
    CHECK(bus.ports.read(0xCF8, 4) == 0x80001234);
    bus.ports.write(0xCFB, 0x01, 1);
    CHECK(bus.ports.read(0xCF8, 4) == 0x80001234);
}

TEST_CASE("identity is read-only, BARs tell their size") {
    Bus bus;
    bus.write(2, 0, 0);
    CHECK(bus.read(2, 0) == 0x11111234);
    bus.write(2, 0x10, 0xFFFFFFFF);
    CHECK(bus.read(2, 0x10) == 0xFF000008);
    bus.write(2, 0x14, 0xFFFFFFFF);
    CHECK(bus.read(2, 0x14) == 0xFFFFFFF1);
    bus.write(2, 0x18, 0xFFFFFFFF);
    CHECK(bus.read(2, 0x18) == 0);
    bus.write(2, 0x30, 0xFFFFFFFE);
    CHECK(bus.read(2, 0x30) == 0xFFFF0000);
    CHECK(bus.card.log.empty());
}

TEST_CASE("BARs are decoded while enabled and follow moves") {
    Bus bus;
    bus.write(2, 0x10, 0xE0000000);
    bus.write(2, 0x14, 0xC000);
    bus.write(2, 0x30, 0xE1000001);
    bus.write(2, 4, 0x0002, 2);
    CHECK(bus.card.log == "+0@e0000000 +6@e1000000 ");
    bus.card.log.clear();
    bus.write(2, 4, 0x0003, 2);
    bus.write(2, 0x10, 0xFFFFFFFF);  // sizing with decoding on: ends at 4 GiB, so not decoded
    bus.write(2, 0x10, 0xE0000000);
    bus.write(2, 0x15, 0xC1, 1);
    bus.write(2, 0x30, 0);
    CHECK(bus.card.log == "+1@c000 -0@e0000000 +0@e0000000 -1@c000 +1@c100 -6@e1000000 ");
    bus.card.log.clear();
    bus.card.reset();
    CHECK(bus.card.log == "-0@e0000000 -1@c100 ");
    CHECK(bus.read(2, 0x10) == 8);
}

TEST_CASE("interrupt pins go through the board's traces and PIRQ routing") {
    Bus bus;
    bus.card.set_interrupt(true);  // INTA of slot 2: PIRQB
    CHECK(bus.pci.pirq[1].level());
    for (const Wire& irq : bus.isa.irq) CHECK_FALSE(irq.level());
    bus.write(1, 0x60, 0x0B0B0A0A);
    CHECK(bus.isa.irq[10].level());
    bus.write(1, 0x61, 11, 1);
    CHECK_FALSE(bus.isa.irq[10].level());
    CHECK(bus.isa.irq[11].level());
    CHECK((bus.read(2, 6, 2) & 8) == 8);
    bus.write(2, 4, 0x400, 2);
    CHECK_FALSE(bus.isa.irq[11].level());
    bus.write(2, 4, 0, 2);
    CHECK(bus.isa.irq[11].level());
    bus.card.set_interrupt(false);
    CHECK_FALSE(bus.isa.irq[11].level());
}

TEST_CASE("the reset control register is at CF9h, in the middle of CONFADD") {
    Bus bus;
    int resets = 0;
    bus.isa.on_reset([&] { ++resets; });
    bus.ports.write(0xCF9, 0x02, 1);
    CHECK(bus.ports.read(0xCF9, 1) == 0x02);
    CHECK(resets == 0);
    bus.ports.write(0xCF9, 0x06, 1);
    CHECK(resets == 1);
}

TEST_CASE("PAM registers say what is RAM") {
    Bus bus;
    std::map<std::uint32_t, std::string> regions;
    bus.host.on_pam_change([&](const I440fx::PamRegion& region) {
        regions[region.base] =
            fmt::format("{:x}{}{}", region.size, region.read_ram ? "r" : "", region.write_ram ? "w" : "");
    });
    CHECK(regions.size() == 13);
    CHECK(regions[0xF0000] == "10000");
    bus.write(0, 0x59, 0x30, 1);
    CHECK(regions[0xF0000] == "10000rw");
    bus.write(0, 0x5A, 0x21, 1);
    CHECK(regions[0xC0000] == "4000r");
    CHECK(regions[0xC4000] == "4000w");
    bus.write(0, 0x5C, 0x11331133);
    CHECK(regions[0xD0000] == "4000rw");
    CHECK(regions[0xD4000] == "4000rw");
    CHECK(regions[0xDC000] == "4000r");
    CHECK(regions[0xEC000] == "4000r");
    I440fx copy;
    copy.restore(through_archive(bus.host.state()));
    regions.clear();
    copy.on_pam_change(
        [&](const I440fx::PamRegion& region) { regions[region.base] = std::string(region.write_ram, 'w'); });
    CHECK(regions[0xC4000] == "w");
    bus.host.reset();
    CHECK(regions[0xC4000] == "4000");
    CHECK(bus.read(0, 0x59, 1) == 0);
}

TEST_CASE("SMRAM is open only while D_OPEN is set and not locked") {
    I440fx host;
    std::string log;
    host.on_smram_change([&](bool open) { log += open ? '1' : '0'; });
    host.config_write(0x72, 0x4A, 1);
    host.config_write(0x72, 0x5A, 1);
    CHECK(log == "010");
}

TEST_CASE("SMRAM is enabled as a whole, and can be at A0000h only") {
    I440fx host;
    bool open = false;
    host.on_smram_change([&](bool now) { open = now; });
    CHECK(host.config_read(0x72, 1) == 0x02);
    host.config_write(0x72, 0x42, 1);
    CHECK_FALSE(open);
    host.config_write(0x72, 0x4B, 1);
    CHECK_FALSE(open);
    host.config_write(0x70, 0x00CA'0000, 4);
    CHECK(open);
    CHECK(host.config_read(0x72, 1) == 0x4A);  // bit 7 is reserved
    host.config_write(0x73, 0xFF, 1);
    CHECK(open);
}

TEST_CASE("SMRAM that is locked stays so, and closed, until a reset") {
    I440fx host;
    bool open = false;
    host.on_smram_change([&](bool now) { open = now; });
    host.config_write(0x72, 0x4A, 1);
    host.config_write(0x72, 0x5A, 1);
    CHECK(host.config_read(0x72, 1) == 0x1A);
    host.config_write(0x72, 0x4A, 1);
    CHECK(host.config_read(0x72, 1) == 0x1A);
    CHECK_FALSE(open);
    host.config_write(0x72, 0x22, 1);  // the other bits are not locked
    CHECK(host.config_read(0x72, 1) == 0x32);
    I440fx copy;
    copy.restore(through_archive(host.state()));
    copy.config_write(0x72, 0x4A, 1);
    CHECK(copy.config_read(0x72, 1) == 0x1A);
    host.reset();
    CHECK(host.config_read(0x72, 1) == 0x02);
    host.config_write(0x72, 0x4A, 1);
    CHECK(open);
}

TEST_CASE("restoring decodes as the registers say") {
    Bus bus;
    bus.write(2, 0x10, 0xE0000000);
    bus.write(2, 4, 0x0002, 2);
    bus.card.set_interrupt(true);
    Bus copy;
    copy.card.restore(through_archive(bus.card.state()));
    CHECK(copy.card.log == "+0@e0000000 ");
    CHECK(copy.pci.pirq[1].level());
}

TEST_CASE("a window that the guest puts onto other ports stays off the bus") {
    PortBus ports;
    PciBus nobody, chip;
    ports.attach(0x100, 0x10F, nobody, "other");
    PortWindow window(ports, chip, 16, "window");
    window.place(0x108);
    CHECK_FALSE(window.contains(0x110));
    window.place(0x110);
    CHECK(window.contains(0x110));
    CHECK(window.offset(0x11F) == 15);
    window.place(std::nullopt);
    CHECK(ports.vacant(0x110, 0x11F));
}
