// The parallel port as firmware and drivers probe it.
#include "devices/parallel_port.hpp"

#include "bench_clock.hpp"

#include <doctest/doctest.h>

using namespace calque;

TEST_CASE("parallel port: registers read back, an empty connector floats high") {
    ParallelPort port;
    CHECK(port.port_read(0x378, 1) == 0x00);
    for (const unsigned value : {0xAAU, 0x55U}) {
        port.port_write(0x378, value, 1);
        CHECK(port.port_read(0x378, 1) == value);
    }
    CHECK(port.port_read(0x379, 1) == 0x7F);
    port.port_write(0x379, 0, 1);
    CHECK(port.port_read(0x379, 1) == 0x7F);
    port.port_write(0x37A, 0x0C, 1);
    CHECK(port.port_read(0x37A, 1) == 0xEC);
    port.port_write(0x37A, 0xFF, 1);

    ParallelPort copy;
    copy.restore(through_archive(port.state()));
    CHECK(copy.port_read(0x378, 1) == 0x55);
    CHECK(copy.port_read(0x37A, 1) == 0xFF);
    copy.reset();
    CHECK(copy.port_read(0x37A, 1) == 0xE0);
}
