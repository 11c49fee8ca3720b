// The DP8390 as drivers use it on an NE2000: detection, remote DMA, transmission, the receive ring, loopback.
#include "devices/ne2000.hpp"
#include "network_fixture.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace calque;

namespace {

/// Offsets of registers; those of page 0 are what is written there.
enum : unsigned {
    cr = 0,
    pstart = 1,
    pstop = 2,
    bnry = 3,
    tpsr = 4,
    tbcr0 = 5,
    tbcr1 = 6,
    isr = 7,
    rsar0 = 8,
    rsar1 = 9,
    rbcr0 = 10,
    rbcr1 = 11,
    rcr = 12,
    tcr = 13,
    dcr = 14,
    imr = 15,
    tsr = 4,
    fifo = 6,
    rsr = 12,
    cntr2 = 15,
    data = 0x10,
    reset_port = 0x1F,
};

enum : unsigned { prx = 1, ptx = 2, ovw = 0x10, cnt = 0x20, rdc = 0x40, rst = 0x80 };
enum : unsigned { ar = 2, ab = 4, am = 8, pro = 0x10, mon = 0x20 };

struct Ne2000Fixture : NetworkFixture {
    static constexpr unsigned first_page = 0x46, end_page = 0x80, transmit_page = 0x40;

    Ne2000 card{bench.clock, card_address};
    Dp8390& controller = card.controller();
    unsigned next_page = first_page;  ///< the driver's place in the ring

    Ne2000Fixture() {
        ports.attach(base, base + Ne2000::port_count - 1, card, "ne2000", 4);
        record(controller);
    }
    void set(unsigned reg, unsigned value) { out(reg, value, 1); }
    unsigned get(unsigned reg) { return in(reg, 1); }
    unsigned get(unsigned page, unsigned reg) {
        set(cr, page << 6 | 0x22);
        const unsigned value = get(reg);
        set(cr, 0x22);
        return value;
    }

    void start(unsigned accept = ab, bool words = true) {
        set(cr, 0x21);
        set(dcr, words ? 0x49 : 0x48);
        set(rbcr0, 0), set(rbcr1, 0);
        set(rcr, accept);
        set(tcr, 0);
        set(pstart, first_page), set(pstop, end_page), set(bnry, first_page);
        set(isr, 0xFF);
        set(imr, 0);
        set(cr, 0x61);
        for (unsigned i = 0; i < 6; ++i) set(1 + i, card_address[i]);
        set(7, first_page + 1);
        set(cr, 0x22);
        next_page = first_page + 1;
    }
    void start_remote(unsigned address, std::size_t size, unsigned command) {
        set(rsar0, address & 0xFF), set(rsar1, address >> 8);
        set(rbcr0, size & 0xFF), set(rbcr1, static_cast<unsigned>(size >> 8));
        set(cr, command);
    }
    FrameBytes take(unsigned address, std::size_t size, unsigned width = 2) {
        start_remote(address, size, 0x0A);
        FrameBytes bytes;
        while (bytes.size() < size) {
            const std::uint32_t value = in(data, width);
            for (unsigned i = 0; i < width && bytes.size() < size; ++i)
                bytes.push_back(static_cast<std::uint8_t>(value >> 8 * i));
        }
        return bytes;
    }
    void put(unsigned address, const FrameBytes& bytes) {
        start_remote(address, bytes.size(), 0x12);
        for (std::size_t i = 0; i < bytes.size(); i += 2)
            out(data, bytes[i] | (i + 1 < bytes.size() ? bytes[i + 1] * 256U : 0U), 2);
    }
    void send(const FrameBytes& frame) {
        put(transmit_page << 8, frame);
        set(tpsr, transmit_page);
        set(tbcr0, frame.size() & 0xFF), set(tbcr1, static_cast<unsigned>(frame.size() >> 8));
        set(cr, 0x26);
    }
    /// The next frame of the ring, the way drivers take it: header, data, then BNRY moves up.
    FrameBytes take_frame() {
        const FrameBytes header = take(next_page << 8, 4);
        const std::size_t size = header[2] + header[3] * 256U - 4U;
        FrameBytes frame = take((next_page << 8) + 4, size);
        next_page = header[1];
        set(bnry, next_page == first_page ? end_page - 1 : next_page - 1);
        return frame;
    }
    bool takes(const FrameBytes& frame) {
        const unsigned before = card.state().controller.curr;
        controller.receive(frame);
        const unsigned after = card.state().controller.curr;
        set(bnry, after == first_page ? end_page - 1 : after - 1);
        return before != after;
    }
};

}  // namespace

TEST_CASE_FIXTURE(Ne2000Fixture, "ne2000: a probe resets it and finds the doubled bytes of its PROM") {
    get(reset_port);
    CHECK(get(cr) == 0x21);
    CHECK(get(isr) == rst);
    set(isr, 0xFF);
    CHECK(get(isr) == rst);  // until it is started
    set(cr, 0x22);
    CHECK(get(isr) == 0);
    for (const unsigned mode : {0x48U, 0x49U}) {
        set(dcr, mode);
        const FrameBytes prom = take(0, 32, mode & 1 ? 2 : 1);
        for (unsigned i = 0; i < 6; ++i) {
            CHECK(prom[2 * i] == card_address[i]);
            CHECK(prom[2 * i + 1] == card_address[i]);
        }
        CHECK(prom[28] == 0x57);
        CHECK(prom[31] == 0x57);
    }
}

TEST_CASE_FIXTURE(Ne2000Fixture, "ne2000: pages of registers") {
    start(ab | am);
    set(cr, 0x62);
    set(8, 0x12), set(15, 0x34);
    CHECK(get(8) == 0x12);
    CHECK(get(15) == 0x34);
    CHECK(get(1) == card_address[0]);
    CHECK(get(7) == first_page + 1);
    set(cr, 0xA2);
    CHECK(get(1) == first_page);
    CHECK(get(2) == end_page);
    CHECK(get(12) == (0xC0 | ab | am));
    CHECK(get(14) == (0x80 | 0x49));
}

TEST_CASE_FIXTURE(Ne2000Fixture, "ne2000: remote DMA in bytes, words and doublewords") {
    start();
    FrameBytes bytes(64);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i + 1);
    put(0x5000, bytes);
    CHECK(get(isr) == rdc);
    set(isr, rdc);
    CHECK(take(0x5000, 64, 2) == bytes);
    CHECK(take(0x5000, 64, 4) == bytes);
    CHECK(take(0x5000, 63, 2) == FrameBytes(bytes.begin(), bytes.end() - 1));
    CHECK(get(isr) == rdc);
    CHECK(get(rsar0) + get(rsar1) * 256 == 0x5040);
    CHECK(in(data, 2) == 0xFFFF);  // it is over
    set(dcr, 0x48);
    CHECK(take(0x5000, 64, 1) == bytes);
    CHECK(take(0x5000, 64, 2) == bytes);
    set(dcr, 0x4B);  // big endian
    start_remote(0x5000, 2, 0x0A);
    CHECK(in(data, 2) == 0x0102);
    set(isr, 0xFF);
    start_remote(0x5000, 0, 0x0A);
    CHECK(get(isr) == rdc);
}

TEST_CASE_FIXTURE(Ne2000Fixture, "ne2000: memory that is not there") {
    start();
    put(0x7FFE, {1, 2, 3, 4});
    CHECK(take(0x4600, 2) == FrameBytes{3, 4});  // PSTOP led back to PSTART
    CHECK(take(0x7FFE, 4) == FrameBytes{1, 2, 3, 4});
    put(0x9000, {1, 2});
    CHECK(take(0x9000, 2) == FrameBytes{0xFF, 0xFF});
    put(0, {9, 9});
    CHECK(take(0, 2) == FrameBytes{card_address[0], card_address[0]});
}

TEST_CASE_FIXTURE(Ne2000Fixture, "ne2000: a transmission takes its time and tells when it is done") {
    start();
    set(imr, ptx);
    const FrameBytes frame = frame_to(other_address, 1514);
    send(frame);
    CHECK((get(cr) & 4) == 4);
    set(cr, 0x22);  // does not stop it
    bench.advance(1'230'000);
    CHECK(sent.empty());
    bench.advance(1'000);
    CHECK(sent == Frames{frame});
    CHECK(get(cr) == 0x22);
    CHECK(get(tsr) == 1);
    CHECK(controller.interrupt.level());
    set(isr, ptx);
    CHECK_FALSE(controller.interrupt.level());
}

TEST_CASE_FIXTURE(Ne2000Fixture,
                  "ne2000: nothing leaves a stopped controller, and a reset stops a transmission") {
    start();
    put(transmit_page << 8, frame_to(other_address));
    set(tbcr0, 100);
    set(cr, 0x25);
    settle();
    CHECK(sent.empty());
    CHECK((get(cr) & 4) == 0);
    set(cr, 0x26);
    get(reset_port);
    settle();
    CHECK(sent.empty());
}

TEST_CASE_FIXTURE(Ne2000Fixture, "ne2000: a received frame has a header and its checksum") {
    start();
    set(imr, prx);
    const FrameBytes frame = frame_to(card_address, 300);
    controller.receive(frame);
    CHECK(controller.interrupt.level());
    CHECK(get(rsr) == 1);
    CHECK(get(1, 7) == first_page + 3);
    CHECK(take(0x4700, 4) == FrameBytes{1, first_page + 3, 304 & 0xFF, 304 >> 8});
    const FrameBytes check = take(0x4704 + 300, 4);
    CHECK((check[0] | check[1] << 8) == (ethernet::checksum(frame) & 0xFFFF));
    CHECK(take_frame() == frame);
    controller.receive(frame_to(broadcast_address));
    CHECK(take(next_page << 8, 1)[0] == 0x21);
}

TEST_CASE_FIXTURE(Ne2000Fixture, "ne2000: Send Packet reads the frame at BNRY") {
    start();
    set(bnry, first_page + 1);
    controller.receive(frame_to(card_address));
    set(cr, 0x1A);
    CHECK(in(data, 4) == (104U << 16 | (first_page + 2) << 8 | 1));
    CHECK(get(rbcr0) == 0);  // reserved when read
    CHECK(get(rsar0) == 4);
}

TEST_CASE_FIXTURE(Ne2000Fixture, "ne2000: the ring wraps at PSTOP, and frames come out as they went in") {
    start();
    std::minstd_rand random(3);
    for (int i = 0; i < 300; ++i) {
        const FrameBytes frame = frame_to(card_address, 60 + random() % 1455);
        REQUIRE(controller.can_receive());
        controller.receive(frame);
        REQUIRE(take_frame() == frame);
        REQUIRE(get(1, 7) == next_page);
    }
    CHECK((get(isr) & ovw) == 0);
}

TEST_CASE_FIXTURE(Ne2000Fixture, "ne2000: a full ring reports an overwrite and keeps what it has") {
    start();
    set(imr, ovw);
    const FrameBytes frame = frame_to(card_address, 1514);
    unsigned count = 0;
    for (; controller.can_receive(); ++count) controller.receive(frame);
    CHECK(count == 9);  // of 57 pages, 6 each
    controller.receive(frame);
    CHECK(controller.interrupt.level());
    CHECK((get(isr) & (ovw | rst)) == (ovw | rst));
    CHECK(get(cntr2) == 1);
    CHECK(get(cntr2) == 0);
    bool room = false;
    controller.on_receive_room([&] { room = true; });
    while (count-- > 0) CHECK(take_frame() == frame);
    CHECK(room);
    CHECK((get(isr) & rst) == 0);
    CHECK(controller.can_receive());
}

TEST_CASE_FIXTURE(Ne2000Fixture, "ne2000: RCR chooses frames") {
    start(0);
    CHECK(takes(frame_to(card_address)));
    for (const MacAddress& to : {broadcast_address, multicast_address, other_address})
        CHECK_FALSE(takes(frame_to(to)));
    CHECK_FALSE(takes(frame_to(card_address, 40)));
    set(rcr, ar);
    CHECK(takes(frame_to(card_address, 40)));
    set(rcr, ab);
    CHECK(takes(frame_to(broadcast_address)));
    set(rcr, am);
    CHECK_FALSE(takes(frame_to(multicast_address)));
    const unsigned hash = ethernet::multicast_hash(frame_to(multicast_address));
    set(cr, 0x62);
    set(8 + hash / 8, 1U << hash % 8);
    set(cr, 0x22);
    CHECK(takes(frame_to(multicast_address)));
    set(rcr, pro);
    CHECK(takes(frame_to(other_address)));
    CHECK_FALSE(takes(frame_to(multicast_address)));
    set(cr, 0x21);
    CHECK_FALSE(takes(frame_to(card_address)));
}

TEST_CASE_FIXTURE(Ne2000Fixture, "ne2000: a monitor counts frames and asks to be read in time") {
    start(mon);
    set(imr, cnt);
    for (unsigned i = 0; i < 127; ++i) controller.receive(frame_to(card_address));
    CHECK_FALSE(controller.interrupt.level());
    CHECK(get(rsr) == 0x41);
    controller.receive(frame_to(card_address));
    CHECK(controller.interrupt.level());
    for (unsigned i = 0; i < 200; ++i) controller.receive(frame_to(card_address));
    CHECK(get(cntr2) == 192);
    CHECK(get(1, 7) == first_page + 1);
}

TEST_CASE_FIXTURE(Ne2000Fixture,
                  "ne2000: loopback ends in the FIFO, and only a checksum made by hand is checked") {
    start();
    set(tcr, 0x02);
    FrameBytes frame = frame_to(card_address, 64);
    send(frame);
    settle();
    CHECK(sent.empty());
    CHECK(get(rsr) == 2);
    CHECK(get(isr) == (ptx | rdc));
    const std::uint32_t check = ethernet::checksum(frame);
    for (unsigned i = 0; i < 8; ++i)
        CHECK(get(fifo) == (i < 4 ? frame[60 + i] : check >> 8 * (i - 4) & 0xFF));
    set(tcr, 0x03);
    for (unsigned i = 0; i < 4; ++i) frame.push_back(static_cast<std::uint8_t>(check >> 8 * i));
    send(frame);
    settle();
    CHECK(get(rsr) == 1);
    CHECK((get(isr) & prx) == prx);
    controller.receive(frame_to(card_address));  // the wire is not connected
    CHECK(get(1, 7) == first_page + 1);
    set(tcr, 0x02);
    send(FrameBytes{});
    settle();
    CHECK(sent.empty());
}

TEST_CASE_FIXTURE(Ne2000Fixture, "ne2000: rings that make no sense are harmless") {
    for (const unsigned start_page : {0x00U, 0x3FU, 0x46U, 0x80U, 0xFFU}) {
        for (const unsigned stop_page : {0x00U, 0x40U, 0x47U, 0xFFU}) {
            for (const unsigned current : {0x00U, 0x46U, 0x50U, 0xFFU}) {
                start();
                set(pstart, start_page), set(pstop, stop_page), set(bnry, 0x48);
                set(cr, 0x62);
                set(7, current);
                set(cr, 0x22);
                controller.can_receive();
                for (unsigned i = 0; i < 5; ++i) controller.receive(frame_to(card_address, 1514));
            }
        }
    }
}
