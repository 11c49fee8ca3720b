// The serial port under probing, polling and interrupt-driven drivers.
#include "devices/uart16550.hpp"

#include "bench_clock.hpp"

#include <doctest/doctest.h>

using namespace calque;

namespace {

struct Serial {
    BenchClock bench;
    Uart16550 chip{bench.clock, 0x3F8};
    std::string sent;
    Serial() {
        chip.on_transmit([this](std::uint8_t byte) { sent += static_cast<char>(byte); });
    }
    unsigned in(unsigned index) { return chip.port_read(static_cast<std::uint16_t>(0x3F8 + index), 1); }
    void out(unsigned index, unsigned value) {
        chip.port_write(static_cast<std::uint16_t>(0x3F8 + index), value, 1);
    }
    /// FIFOs with trigger level 8, all interrupts, OUT2: a kernel's setup.
    void open() {
        out(2, 0x81);
        out(4, 0x0B);
        out(1, 0x0F);
        in(2);
        bench.advance(Uart16550::reaction_time);
    }
    /// What a host feeds from a pipe: as much as goes in, when it goes in.
    void feed(const std::string& text) {
        pending += text;
        chip.on_receive_room([this] { push(); });
        push();
    }
    void push() {
        while (!pending.empty() && chip.receive(static_cast<std::uint8_t>(pending.front())))
            pending.erase(0, 1);
    }
    std::string pending;
};

}  // namespace

TEST_CASE("a probe finds a 16550A") {
    Serial s;
    s.out(1, 0xFF);
    CHECK(s.in(1) == 0x0F);
    s.out(1, 0);
    s.out(2, 1);
    CHECK(s.in(2) == 0xC1);
    s.out(2, 0);
    CHECK(s.in(2) == 0x01);
    s.out(4, 0x1A);  // loopback: RTS, OUT2
    CHECK((s.in(6) & 0xF0) == 0x90);
    s.out(4, 0x08);
    CHECK((s.in(6) & 0xF0) == 0xB0);
    s.out(7, 0x5A);
    CHECK(s.in(7) == 0x5A);
}

TEST_CASE("the divisor hides behind DLAB") {
    Serial s;
    s.out(3, 0x83);
    s.out(0, 0x01);
    s.out(1, 0x02);
    CHECK(s.in(0) == 0x01);
    CHECK(s.in(1) == 0x02);
    s.out(3, 0x03);
    CHECK(s.in(1) == 0);
    CHECK(s.sent.empty());
}

TEST_CASE("polled output waits a microsecond a byte") {
    Serial s;
    for (char c : std::string("hi")) {
        CHECK((s.in(5) & 0x60) == 0x60);
        s.out(0, static_cast<unsigned char>(c));
        CHECK((s.in(5) & 0x60) == 0);
        s.bench.advance(Uart16550::transmit_time);
    }
    CHECK(s.sent == "hi");
}

TEST_CASE("THRE interrupts: at once when enabled, after each filling, cleared by reading IIR") {
    Serial s;
    s.out(4, 0x08);
    s.out(2, 1);
    s.out(1, 0x02);
    CHECK(s.chip.irq.level());
    CHECK(s.in(2) == 0xC2);
    CHECK_FALSE(s.chip.irq.level());
    for (int i = 0; i < 16; ++i) s.out(0, 'x');
    CHECK(s.in(2) == 0xC1);
    s.bench.advance(Uart16550::transmit_time);
    CHECK(s.chip.irq.level());
    CHECK(s.sent.size() == 16);
    s.out(0, 'y');
    CHECK_FALSE(s.chip.irq.level());
    s.bench.advance(Uart16550::transmit_time);
    s.out(1, 0);
    s.out(1, 2);
    CHECK(s.in(2) == 0xC2);
}

TEST_CASE("OUT2 gates the interrupt") {
    Serial s;
    s.out(1, 0x02);
    CHECK_FALSE(s.chip.irq.level());
    s.out(4, 0x08);
    CHECK(s.chip.irq.level());
}

TEST_CASE("received bytes interrupt at the trigger level, a few after a time-out") {
    Serial s;
    s.open();
    s.feed("0123456");
    s.bench.advance(6 * Uart16550::receive_time);
    CHECK(s.pending.empty());
    CHECK_FALSE(s.chip.irq.level());
    s.bench.advance(4 * Uart16550::receive_time);
    CHECK(s.in(2) == 0xCC);
    CHECK(s.in(0) == '0');
    CHECK(s.in(2) == 0xC1);
    s.feed("78");
    s.bench.advance(2 * Uart16550::receive_time);
    CHECK(s.in(2) == 0xC4);
    for (char c = '1'; c <= '8'; ++c) CHECK(s.in(0) == static_cast<unsigned char>(c));
    CHECK((s.in(5) & 1) == 0);
}

TEST_CASE("a pipe is paced and nothing overruns") {
    Serial s;
    s.open();
    s.feed(std::string(40, 'z'));
    s.bench.advance(100 * Uart16550::receive_time);
    CHECK(s.pending.size() == 24);
    int got = 0;
    while (got < 40) {
        if (s.in(5) & 1) {
            CHECK((s.in(5) & 0x1E) == 0);
            s.in(0);
            ++got;
        } else {
            s.bench.advance(Uart16550::receive_time);
        }
    }
    CHECK(s.pending.empty());
}

TEST_CASE("the peer waits for a listener, through a driver's probing") {
    Serial s;
    s.feed("hello");
    s.out(1, 0x0F);
    s.out(4, 0x1A);
    s.out(4, 0x00);
    s.out(2, 0x07);
    for (unsigned index = 0; index < 8; ++index) s.in(index);
    s.out(0, 'x');
    s.bench.advance(Uart16550::transmit_time);
    s.in(5);
    s.out(1, 0);
    CHECK(s.pending == "hello");

    SUBCASE("that raises RTS") { s.out(4, 0x03); }
    SUBCASE("that takes interrupts") { s.out(4, 0x08), s.out(1, 0x01); }
    SUBCASE("that polls") {
        for (int i = 0; i < 8; ++i) CHECK((s.in(5) & 1) == 0);
    }
    CHECK(s.pending == "hello");
    s.bench.advance(Uart16550::reaction_time);
    CHECK((s.in(5) & 1) == 1);
    CHECK(s.in(0) == 'h');
    CHECK(s.pending == "ello");
}

TEST_CASE("without a FIFO one byte at a time comes in") {
    Serial s;
    s.out(4, 0x08);
    s.out(1, 0x01);
    s.feed("ab");
    s.bench.advance(Uart16550::reaction_time);
    CHECK(s.in(2) == 0x04);
    s.bench.advance(5 * Uart16550::receive_time);
    CHECK(s.in(0) == 'a');
    CHECK(s.in(0) == 'b');
    CHECK_FALSE(s.chip.irq.level());
}

TEST_CASE("RTS, once raised, pauses the peer while it is low") {
    Serial s;
    s.out(4, 0x0B);
    s.bench.advance(Uart16550::reaction_time);
    CHECK(s.chip.can_receive());
    s.out(4, 0x09);
    CHECK_FALSE(s.chip.can_receive());
    s.feed("q");
    CHECK(s.pending == "q");
    s.out(4, 0x0B);
    CHECK(s.pending.empty());
}

TEST_CASE("loopback brings bytes back and keeps them from the line") {
    Serial s;
    s.out(3, 0x03);
    s.out(4, 0x1B);
    s.out(0, 0xAE);
    CHECK(s.sent.empty());
    CHECK((s.in(5) & 1) == 1);
    CHECK(s.in(0) == 0xAE);
    s.out(0, 1);
    s.out(0, 2);
    CHECK((s.in(5) & 2) == 2);
    CHECK((s.in(5) & 2) == 0);
    CHECK(s.in(0) == 2);  // without a FIFO the later one is what is left
    s.out(3, 0x01);       // six bits a character
    s.out(0, 0xAE);
    CHECK(s.in(0) == 0x2E);
}

TEST_CASE("a full FIFO loses what comes then") {
    Serial s;
    s.out(2, 0x01);
    s.out(3, 0x03);
    s.out(4, 0x10);
    for (unsigned i = 0; i < 17; ++i) s.out(0, i);
    CHECK((s.in(5) & 0x83) == 0x03);
    for (unsigned i = 0; i < 16; ++i) CHECK(s.in(0) == i);
    CHECK((s.in(5) & 0x03) == 0);
}

TEST_CASE("a break comes back as one zero, and its error with it") {
    Serial s;
    s.out(2, 0x01);
    s.out(4, 0x18);
    s.out(1, 0x04);
    s.out(3, 0x03);
    s.out(0, 'a');
    s.out(3, 0x43);
    s.out(0, 'b');  // the line is held
    CHECK((s.in(5) & 0x9F) == 0x81);
    CHECK(s.in(0) == 'a');
    CHECK(s.in(2) == 0xC6);
    CHECK((s.in(5) & 0x9F) == 0x99);
    CHECK((s.in(5) & 0x9F) == 0x01);
    CHECK(s.in(0) == 0);
    s.out(3, 0x03);
    s.out(3, 0x43);
    CHECK((s.in(5) & 0x9F) == 0x99);
}

TEST_CASE("modem status changes interrupt last") {
    Serial s;
    s.out(4, 0x18);
    s.in(6);
    s.out(1, 0x08);
    s.out(4, 0x08);
    CHECK(s.in(2) == 0x00);
    CHECK((s.in(6) & 0x0F) == 0x03);
    CHECK(s.in(2) == 0x01);
}

TEST_CASE("a restored port goes on with its FIFO and timers") {
    Serial s;
    s.open();
    s.feed("abc");
    s.bench.advance(3 * Uart16550::receive_time);
    s.out(0, 'x');
    Serial copy;
    copy.bench.advance_to(s.bench.now());
    copy.chip.restore(through_archive(s.chip.state()));
    CHECK(listed(copy.chip.state()) == listed(s.chip.state()));
    CHECK(copy.bench.clock.next_deadline() == s.bench.clock.next_deadline());
    CHECK(copy.in(0) == 'a');
    CHECK(copy.sent.empty());
}
