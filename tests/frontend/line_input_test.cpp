// Piped input reaches a UART whole, at the guest's pace.
#include "frontend/line_input.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <unistd.h>

using namespace calque;

namespace {

struct ManualTime final : TimeSource {
    Nanoseconds now() override { return time; }
    Nanoseconds time = 0;
};

/// A UART whose guest takes a byte whenever one is there.
struct Guest {
    Guest() { REQUIRE(pipe(ends.data()) == 0); }
    ~Guest() { close(ends[0]); }

    void write_and_close(const std::string& text) {
        REQUIRE(write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
        close(ends[1]);
    }
    void take_all() {
        while (uart.port_read(0x3FD, 1) & 1) taken += static_cast<char>(uart.port_read(0x3F8, 1));
    }
    void pass(Nanoseconds time) {
        source.time += time;
        clock.run_expired();
        events.poll();
    }

    ManualTime source;
    Clock clock{source};
    Uart16550 uart{clock, 0x3F8};
    HostEvents events;
    std::array<int, 2> ends{};
    std::string taken;
};

}  // namespace

TEST_CASE("all bytes arrive, in order, and the end is told once") {
    Guest guest;
    std::string text;
    for (int i = 0; i < 10'000; ++i) text += static_cast<char>('a' + i % 26);
    guest.write_and_close(text);
    LineInput input(guest.events, guest.uart);
    int ends = 0;
    input.read_from(guest.ends[0], [&] { ++ends; });
    for (int i = 0; i < 30'000 && ends == 0; ++i) {
        guest.pass(Uart16550::receive_time);
        guest.take_all();
    }
    CHECK(guest.taken == text);
    guest.pass(1'000'000);
    CHECK(ends == 1);
}

TEST_CASE("nothing is lost while the guest looks away") {
    Guest guest;
    guest.write_and_close("hello");
    LineInput input(guest.events, guest.uart);
    input.read_from(guest.ends[0]);
    for (int i = 0; i < 100; ++i) guest.pass(Uart16550::receive_time);  // RBR alone: one byte fits
    for (int i = 0; i < 100; ++i) {
        guest.take_all();
        guest.pass(Uart16550::receive_time);
    }
    CHECK(guest.taken == "hello");
}

TEST_CASE("a filter keeps bytes from the guest") {
    Guest guest;
    guest.write_and_close("a-b-c");
    LineInput input(guest.events, guest.uart);
    input.set_filter([](std::vector<std::uint8_t>& bytes) { std::erase(bytes, '-'); });
    input.read_from(guest.ends[0]);
    for (int i = 0; i < 100; ++i) {
        guest.pass(Uart16550::receive_time);
        guest.take_all();
    }
    CHECK(guest.taken == "abc");
}

TEST_CASE("a filter sees what comes while the guest takes nothing") {
    Guest guest;
    LineInput input(guest.events, guest.uart);
    bool seen = false;
    input.set_filter([&](std::vector<std::uint8_t>& bytes) { seen |= std::erase(bytes, '-') > 0; });
    input.read_from(guest.ends[0]);
    for (const char* text : {"ab", "-c"}) {
        REQUIRE(write(guest.ends[1], text, 2) == 2);
        guest.pass(Uart16550::receive_time);
    }
    CHECK(seen);
    close(guest.ends[1]);
    for (int i = 0; i < 100; ++i) {
        guest.take_all();
        guest.pass(Uart16550::receive_time);
    }
    CHECK(guest.taken == "abc");
}
