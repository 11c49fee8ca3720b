// Ports 92h and 80h, the debug consoles and the exit port.
#include "devices/system_control.hpp"

#include "bench_clock.hpp"
#include "devices/debug_ports.hpp"

#include <doctest/doctest.h>

using namespace calque;

TEST_CASE("port 92h switches A20 and resets on the rising bit") {
    SystemControlPortA port;
    int resets = 0;
    port.on_reset([&] { ++resets; });
    port.port_write(0x92, 0x02, 1);
    CHECK(port.a20.level());
    CHECK(port.port_read(0x92, 1) == 0x02);
    port.port_write(0x92, 0x03, 1);
    port.port_write(0x92, 0x03, 1);
    CHECK(resets == 1);
    SystemControlPortA copy;
    copy.restore(through_archive(port.state()));
    CHECK(copy.a20.level());
    CHECK(resets == 1);
    port.reset();
    CHECK_FALSE(port.a20.level());
}

TEST_CASE("the POST code stays to be read") {
    PostCode post;
    post.port_write(0x80, 0x1A5, 1);
    CHECK(post.port_read(0x80, 1) == 0xA5);
    CHECK(through_archive(post.state()).code == 0xA5);
}

TEST_CASE("debug consoles announce themselves and pass bytes on") {
    DebugConsole console;
    CHECK(console.port_read(0x402, 1) == 0xE9);
    console.port_write(0x402, 'x', 1);
    std::string text;
    console.on_output([&](std::uint8_t byte) { text += static_cast<char>(byte); });
    console.port_write(0xE9, 'y', 1);
    CHECK(text == "y");
}

TEST_CASE("the exit port hands its byte over") {
    ExitPort port;
    unsigned value = 0;
    port.on_exit([&](std::uint8_t byte) { value = byte; });
    port.port_write(0xF4, 0x10, 1);
    CHECK(value == 0x10);
}
