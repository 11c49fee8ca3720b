// The RTL8139C as drivers use it: reset, EEPROM, transmit descriptors, the receive ring, filters, interrupts.
#include "devices/rtl8139.hpp"

#include "network_fixture.hpp"

#include <doctest/doctest.h>

using namespace calque;

namespace {

enum : unsigned {
    mar = 0x08,
    tsd = 0x10,
    tsad = 0x20,
    rbstart = 0x30,
    cr = 0x37,
    capr = 0x38,
    cbr = 0x3A,
    imr = 0x3C,
    isr = 0x3E,
    tcr = 0x40,
    rcr = 0x44,
    tctr = 0x48,
    mpc = 0x4C,
    cr9346 = 0x50,
    config1 = 0x52,
    timer_int = 0x54,
    msr = 0x58,
    config3 = 0x59,
    tsad_summary = 0x60,
    bmcr = 0x62,
    bmsr = 0x64,
};

enum : std::uint32_t { aap = 1, apm = 2, am = 4, ab = 8, ar = 0x10, wrap = 0x80 };
enum : std::uint32_t { rok = 1, tok = 4, rxovw = 0x10, link_change = 0x20, time_out = 0x4000 };

struct RtlFixture : NetworkFixture {
    static constexpr std::uint32_t ring = 0x10'0000, ring_size = 8192, registers = 0xE000'0000;

    Rtl8139 card{bench.clock, memory, ports, card_address, {}};
    std::uint32_t read_at = 0;  ///< the driver's place in the ring

    RtlFixture() {
        record(card);
        card.config_write(0x10, base, 4);
        card.config_write(0x14, registers, 4);
        card.config_write(4, 7, 2);
        card.set_link(true);
        out(isr, 0xFFFF, 2);
    }
    /// Receiver and transmitter on, buffer of 8 KiB.
    void start(std::uint32_t accept = apm | ab) {
        out(cr, 0x0C, 1);
        out(rbstart, ring, 4);
        out(rcr, accept, 4);
        out(capr, 0xFFF0, 2);
        read_at = 0;
    }
    bool empty() { return in(cr, 1) & 1; }
    /// What the driver finds next: the header, and the frame in `frame`.
    std::uint32_t take(FrameBytes& frame) {
        const auto header = static_cast<std::uint32_t>(memory.read(ring + read_at, 4));
        const std::uint32_t length = header >> 16;
        frame.clear();
        for (std::uint32_t i = 0; i + 4 < length; ++i)
            frame.push_back(static_cast<std::uint8_t>(memory.read(ring + (read_at + 4 + i) % ring_size, 1)));
        read_at = (read_at + length + 4 + 3) / 4 * 4 % ring_size;
        out(capr, (read_at - 16) & 0xFFFF, 2);
        return header;
    }
    bool takes(const FrameBytes& frame) {
        const std::uint32_t before = in(cbr, 2);
        card.receive(frame);
        const bool stored = in(cbr, 2) != before;
        out(capr, (in(cbr, 2) - 16) & 0xFFFF, 2);
        return stored;
    }
    void put_frame(unsigned descriptor, const FrameBytes& frame) {
        const std::uint32_t where = 0x20'0000 + descriptor * 0x1000;
        memory.write_bytes(where, frame);
        out(tsad + 4 * descriptor, where, 4);
        out(tsd + 4 * descriptor, static_cast<std::uint32_t>(frame.size()), 4);
    }
    unsigned eeprom_word(unsigned address, unsigned address_bits) {
        const auto clock = [this](unsigned data) {
            out(cr9346, 0x88 | data << 1, 1);
            out(cr9346, 0x8C | data << 1, 1);
        };
        out(cr9346, 0x80, 1);
        const unsigned command = 6U << address_bits | address;
        for (unsigned i = address_bits + 3; i-- > 0;) clock(command >> i & 1);
        unsigned value = 0;
        for (unsigned i = 0; i < 16; ++i) {
            clock(0);
            value = value << 1 | (in(cr9346, 1) & 1);
        }
        out(cr9346, 0, 1);
        return value;
    }
};

}  // namespace

TEST_CASE_FIXTURE(RtlFixture, "rtl8139: what a bus scan and a driver's probing find") {
    CHECK(card.config_read(0, 4) == 0x813910EC);
    CHECK(card.config_read(8, 4) == 0x02000010);
    CHECK(card.config_read(0x2C, 4) == 0x813910EC);
    CHECK(card.config_read(0x3D, 1) == 1);
    CHECK((in(tcr, 4) & 0x7CC0'0000) == 0x7400'0000);
    for (unsigned i = 0; i < card_address.size(); ++i) CHECK(in(i, 1) == card_address[i]);
    CHECK(eeprom_word(0, 8) != 0x8129);
    CHECK(eeprom_word(0, 6) == 0x8129);
    CHECK(eeprom_word(7, 6) == 0x5452);
    CHECK(eeprom_word(9, 6) == 0x5634);
    CHECK(in(bmsr, 2) == 0x782D);
    CHECK(in(msr, 1) == 0);
    CHECK(empty());
}

TEST_CASE_FIXTURE(RtlFixture, "rtl8139: memory and I/O show the same registers, in any size") {
    memory.write(registers + rbstart, 0x0012'3456, 4);
    CHECK(in(rbstart, 4) == 0x0012'3456);
    CHECK(in(rbstart + 1, 2) == 0x1234);
    CHECK(in(cr - 2, 4) == 0xF001'0000);  // CR and the start of CAPR
    out(rbstart + 1, 0xAB, 1);
    CHECK(memory.read(registers + rbstart, 8) == 0x0100'0000'0012'AB56);
}

TEST_CASE_FIXTURE(RtlFixture, "rtl8139: a reset leaves addresses and filter alone") {
    start();
    out(mar, 0x1234'5678, 4);
    out(0, 0x0403'0201, 4);
    out(imr, 0xFFFF, 2);
    CHECK(in(imr, 2) == 0xE07F);
    out(cr, 0x10, 1);
    CHECK(in(cr, 1) == 1);
    CHECK(in(imr, 2) == 0);
    CHECK(in(capr, 2) == 0xFFF0);
    CHECK(in(tsd, 4) == 0x2000);
    CHECK(in(mar, 4) == 0x1234'5678);
    CHECK(in(0, 4) == 0x0403'0201);
    out(cr9346, 0x40, 1);  // auto-load
    CHECK(in(0, 4) == 0x1200'5452);
    CHECK((in(cr9346, 1) & 0xC0) == 0);
}

TEST_CASE_FIXTURE(RtlFixture, "rtl8139: CONFIG registers and BMCR are locked by 9346CR") {
    out(config1, 0xFF, 1);
    CHECK(in(config1, 1) == 0x0C);
    out(bmcr, 0, 2);
    CHECK(in(bmcr, 2) == 0x3100);
    out(cr9346, 0xC0, 1);
    out(config1, 0xF3, 1);
    out(config3, 0xFF, 1);
    out(bmcr, 0x0100, 2);
    out(cr9346, 0, 1);
    CHECK(in(config1, 1) == 0xFF);
    CHECK(in(config3, 1) == 0x61);
    CHECK(in(bmcr, 2) == 0x0100);
}

TEST_CASE_FIXTURE(RtlFixture, "rtl8139: descriptors take turns and a frame takes its time") {
    start();
    out(imr, tok, 2);
    const FrameBytes first = frame_to(other_address, 1514), second = frame_to(broadcast_address, 60);
    put_frame(0, first);
    put_frame(1, second);
    put_frame(3, second);  // not its turn
    CHECK((in(tsd, 4) & 0x2000) == 0);
    CHECK(in(tsad_summary, 2) == 0x0004);
    bench.advance(123'000);
    CHECK(sent.empty());
    bench.advance(100);
    CHECK(sent == Frames{first});
    CHECK(in(tsd, 4) == (0xA000 | 1514));
    CHECK(in(isr, 2) == tok);
    CHECK(card.interrupt_asserted());
    out(isr, tok, 2);
    CHECK_FALSE(card.interrupt_asserted());
    settle();
    CHECK(sent.size() == 2);
    CHECK(in(tsad_summary, 2) == 0x3007);
    put_frame(2, first);
    settle();
    CHECK(sent.size() == 4);
}

TEST_CASE_FIXTURE(RtlFixture, "rtl8139: OWN hands a descriptor over, not its other bytes") {
    start();
    out(tsd + 2, 0x003F, 2);
    settle();
    CHECK(sent.empty());
    CHECK(in(tsd, 4) == 0x003F'2000);
    out(tsd, 100, 2);
    settle();
    CHECK(sent.size() == 1);
}

TEST_CASE_FIXTURE(RtlFixture, "rtl8139: nothing leaves while it is off or not bus master") {
    out(rbstart, ring, 4);
    put_frame(0, frame_to(other_address));
    settle();
    CHECK(sent.empty());
    card.config_write(4, 3, 2);
    out(cr, 0x0C, 1);
    settle();
    CHECK(sent.empty());
    card.config_write(4, 7, 2);
    settle();
    CHECK(sent.size() == 1);
}

TEST_CASE_FIXTURE(RtlFixture, "rtl8139: a reset stops a transmission") {
    start();
    put_frame(0, frame_to(other_address));
    out(cr, 0x10, 1);
    settle();
    CHECK(sent.empty());
}

TEST_CASE_FIXTURE(RtlFixture, "rtl8139: received frames have a header and their checksum, dword aligned") {
    start();
    out(imr, rok, 2);
    const FrameBytes sent_frame = frame_to(card_address, 61);
    card.receive(sent_frame);
    CHECK(card.interrupt_asserted());
    CHECK(in(isr, 2) == rok);
    CHECK_FALSE(empty());
    CHECK(in(cbr, 2) == 72);  // 4 + 61 + 4, rounded up
    CHECK(memory.read(ring + 4 + 61, 4) == ethernet::checksum(sent_frame));
    card.receive(frame_to(broadcast_address));
    FrameBytes frame;
    CHECK(take(frame) == (65U << 16 | 0x4001));
    CHECK(frame == sent_frame);
    CHECK_FALSE(empty());
    CHECK(take(frame) == (104U << 16 | 0x2001));
    CHECK(empty());
}

TEST_CASE_FIXTURE(RtlFixture, "rtl8139: frames go round the end of the ring, or beyond it with WRAP") {
    for (const std::uint32_t mode : {0U, unsigned{wrap}}) {
        out(cr, 0x10, 1);
        start(apm | mode);
        FrameBytes frame;
        for (int i = 0; i < 5; ++i) {
            card.receive(frame_to(card_address, 1514));
            take(frame);
        }
        const std::uint32_t start_of_sixth = in(cbr, 2);
        CHECK(start_of_sixth == 5 * 1524);
        const FrameBytes sixth = frame_to(card_address, 1000);
        card.receive(sixth);
        CHECK(in(cbr, 2) == 5 * 1524 + 1008 - ring_size);
        const FrameBytes linear = bytes_at(ring + start_of_sixth + 4, 1000);
        CHECK((linear == sixth) == (mode == wrap));
        if (mode == 0) {
            take(frame);
            CHECK(frame == sixth);
        }
    }
}

TEST_CASE_FIXTURE(RtlFixture, "rtl8139: a full ring loses frames and says so") {
    start();
    const FrameBytes frame = frame_to(card_address, 1514);
    for (int i = 0; i < 5; ++i) card.receive(frame);
    CHECK_FALSE(card.can_receive());
    CHECK(in(isr, 2) == rok);
    bool room = false;
    card.on_receive_room([&] { room = true; });
    card.receive(frame);
    CHECK(in(isr, 2) == (rok | rxovw));
    CHECK(in(mpc, 4) == 1);
    out(mpc, 0, 4);
    CHECK(in(mpc, 4) == 0);
    CHECK(in(cbr, 2) == 5 * 1524);
    FrameBytes taken;
    take(taken);
    CHECK(room);
    CHECK(card.can_receive());
    card.receive(frame);
    for (int i = 0; i < 5; ++i) {
        take(taken);
        CHECK(taken == frame);
    }
    CHECK(empty());
}

TEST_CASE_FIXTURE(RtlFixture, "rtl8139: a ring filled to the last dword is not taken for an empty one") {
    start();
    for (unsigned i = 0; i < 8; ++i) card.receive(frame_to(card_address, 1024 - 8));
    CHECK_FALSE(empty());
    CHECK(in(mpc, 4) == 1);
}

TEST_CASE_FIXTURE(RtlFixture, "rtl8139: RCR chooses frames") {
    start(0);
    for (const MacAddress& to : {card_address, broadcast_address, multicast_address, other_address})
        CHECK_FALSE(takes(frame_to(to)));
    CHECK(in(isr, 2) == 0);
    out(rcr, apm, 4);
    CHECK(takes(frame_to(card_address)));
    CHECK_FALSE(takes(frame_to(other_address)));
    out(rcr, ab, 4);
    CHECK(takes(frame_to(broadcast_address)));
    CHECK_FALSE(takes(frame_to(multicast_address)));
    out(rcr, am, 4);
    CHECK_FALSE(takes(frame_to(multicast_address)));
    const unsigned hash = ethernet::multicast_hash(frame_to(multicast_address));
    out(mar + hash / 8, 1U << hash % 8, 1);
    CHECK(takes(frame_to(multicast_address)));
    CHECK_FALSE(takes(frame_to(broadcast_address)));
    out(rcr, aap, 4);
    CHECK(takes(frame_to(other_address)));
    CHECK_FALSE(takes(frame_to(other_address, 40)));
    out(rcr, aap | ar, 4);
    CHECK(takes(frame_to(other_address, 40)));
    out(cr, 0x04, 1);
    CHECK_FALSE(takes(frame_to(other_address)));
}

TEST_CASE_FIXTURE(RtlFixture, "rtl8139: in loopback mode frames come back and none leaves") {
    start();
    out(tcr, 0x6'0000, 4);
    const FrameBytes frame = frame_to(card_address);
    put_frame(0, frame);
    settle();
    CHECK(sent.empty());
    CHECK(in(isr, 2) == (rok | tok));
    FrameBytes taken;
    take(taken);
    CHECK(taken == frame);
}

TEST_CASE_FIXTURE(RtlFixture, "rtl8139: the link can be pulled") {
    out(imr, link_change, 2);
    card.set_link(false);
    CHECK(card.interrupt_asserted());
    CHECK(in(bmsr, 2) == 0x7809);
    CHECK(in(msr, 1) == 0x04);
    card.reset();
    CHECK_FALSE(card.state().link_up);
}

TEST_CASE_FIXTURE(RtlFixture, "rtl8139: the timer counts the PCI clock and interrupts at a match") {
    out(tctr, 0, 4);
    bench.advance(1'000'000);
    CHECK(in(tctr, 4) == 33'000);
    out(timer_int, 66'000, 4);
    bench.advance(999'000);
    CHECK(in(isr, 2) == 0);
    bench.advance(2'000);
    CHECK(in(isr, 2) == time_out);
    out(timer_int, 0, 4);
    CHECK(bench.clock.next_deadline() == never);
    out(timer_int, 5, 4);  // passed already: only after 2^32 ticks
    CHECK(bench.clock.next_deadline() > 130'000'000'000);
}

TEST_CASE_FIXTURE(RtlFixture, "rtl8139: DMA to and from nowhere is harmless") {
    start();
    unsigned descriptor = 0;
    for (const std::uint32_t where : {0xFFFF'FFF0U, 0x8000'0000U, 0x003F'FFFCU}) {
        out(rbstart, where, 4);
        card.receive(frame_to(card_address, 1514));
        out(capr, (in(cbr, 2) - 16) & 0xFFFF, 2);
        out(tsad + 4 * descriptor, where, 4);
        out(tsd + 4 * descriptor++, 0x1FFF, 4);
        settle();
    }
    CHECK(sent.size() == 3);
    CHECK(sent[1] == FrameBytes(0x1FFF, 0xFF));
}

TEST_CASE_FIXTURE(RtlFixture, "rtl8139: a ring laid over its own registers is harmless") {
    start(aap);
    out(rbstart, registers, 4);
    for (unsigned i = 0; i < 20; ++i) {
        card.receive(FrameBytes(100 + i, static_cast<std::uint8_t>(i * 37)));
        settle();
    }
    out(cr, 0x10, 1);
    CHECK(empty());
}

TEST_CASE("rtl8139: its expansion ROM is decoded where the guest wants it") {
    NetworkFixture bench;
    const FrameBytes image(5000, 0x5A);
    Rtl8139 card(bench.bench.clock, bench.memory, bench.ports, card_address, image);
    card.config_write(0x30, 0xFFFF'FFFE, 4);
    CHECK(card.config_read(0x30, 4) == 0xFFFF'E000);
    card.config_write(0x30, 0xE100'0001, 4);
    card.config_write(4, 2, 2);
    CHECK(bench.memory.read(0xE100'0000 + 4999, 2) == 0x005A);
    card.config_write(0x30, 0xE100'0000, 4);
    CHECK(bench.memory.read(0xE100'0000, 1) == 0xFF);
}

TEST_CASE_FIXTURE(RtlFixture, "rtl8139: a state restored in the middle of a transmission goes on") {
    start();
    const FrameBytes frame = frame_to(other_address);
    put_frame(0, frame);
    card.receive(frame_to(card_address));
    out(timer_int, 1'000'000, 4);
    RtlFixture copy;
    copy.memory.write_bytes(0x20'0000, frame);
    copy.card.restore(through_archive(card.state()));
    CHECK(listed(copy.card.state()) == listed(card.state()));
    CHECK(copy.bench.clock.next_deadline() == bench.clock.next_deadline());
    copy.bench.advance(100'000);
    CHECK(copy.sent == Frames{frame});
    CHECK(copy.in(isr, 2) == (rok | tok));
}
