// Sectors in non-DMA mode: the FIFO, its threshold, interrupts and overrun.
#include "fdc_fixture.hpp"

#include <doctest/doctest.h>

#include <numeric>

using namespace calque;

using Bytes = FdcFixture::Bytes;

namespace {

struct FifoFixture : FdcFixture {
    FifoFixture() {
        specify(true);
        std::iota(medium.bytes.begin(), medium.bytes.begin() + 1024, std::uint8_t{0});
    }
    bool executing() { return status() & 0x20; }
    /// Takes what there is each time that the controller asks, up to the result phase.
    Bytes read_all() {
        Bytes bytes;
        while (wait() && executing()) {
            while ((status() & 0xE0) == 0xE0) bytes.push_back(static_cast<std::uint8_t>(in(0x3F5)));
        }
        return bytes;
    }
    unsigned write_all(const Bytes& bytes) {
        std::size_t next = 0;
        unsigned interrupts = 0;
        while (wait() && executing()) {
            ++interrupts;
            while ((status() & 0xE0) == 0xA0) out(0x3F5, next < bytes.size() ? bytes[next++] : 0u);
        }
        return interrupts;
    }
};

}  // namespace

TEST_CASE_FIXTURE(FifoFixture, "fdc fifo: a byte at a time while the FIFO is disabled") {
    write({0x46, 0, 0, 0, 1, 2, 1, 0x1B, 0xFF});
    CHECK(status() == 0x70);
    CHECK(wait());
    CHECK(status() == 0xF0);
    CHECK(in(0x3F5) == 0);
    CHECK(status() == 0x70);
    CHECK_FALSE(fdc.irq.level());
    const Nanoseconds before = time.now();
    CHECK(wait());
    CHECK(time.now() - before == 16'000);
    const Bytes rest = read_all();
    CHECK(rest == Bytes(medium.bytes.begin() + 1, medium.bytes.begin() + 512));
    CHECK(result() == Bytes{0x40, 0x80, 0, 1, 0, 1, 2});
}

TEST_CASE_FIXTURE(FifoFixture, "fdc fifo: an interrupt for as many bytes as the threshold leaves room for") {
    command({0x13, 0, 0x07, 0});  // threshold 8
    write({0x46, 0, 0, 0, 1, 2, 2, 0x1B, 0xFF});
    CHECK(wait());
    Bytes bytes;
    while (status() == 0xF0) bytes.push_back(static_cast<std::uint8_t>(in(0x3F5)));
    CHECK(bytes.size() == 8);
    const Bytes rest = read_all();
    bytes.insert(bytes.end(), rest.begin(), rest.end());
    CHECK(bytes == Bytes(medium.bytes.begin(), medium.bytes.begin() + 1024));
    CHECK(result()[1] == 0x80);
}

TEST_CASE_FIXTURE(FifoFixture, "fdc fifo: the result waits for the last bytes to be taken") {
    command({0x13, 0, 0x00, 0});
    write({0x46, 0, 0, 0, 1, 2, 1, 0x1B, 0xFF});
    for (unsigned i = 0; i < 34; ++i) {  // 15 bytes each
        wait();
        for (unsigned byte = 0; byte < 15; ++byte) in(0x3F5);
    }
    wait();
    time.advance(nanoseconds_per_second);
    CHECK(status() == 0xF0);
    CHECK(in(0x3F5) == 0xFE);
    CHECK(in(0x3F5) == 0xFF);
    CHECK(status() == 0xD0);
    CHECK(fdc.irq.level());
}

TEST_CASE_FIXTURE(FifoFixture, "fdc fifo: bytes that are not taken overrun") {
    command({0x13, 0, 0x0F, 0});
    write({0x46, 0, 0, 0, 1, 2, 1, 0x1B, 0xFF});
    wait();
    time.advance(15 * 16'000);
    CHECK(status() == 0xF0);
    time.advance(16'000);
    CHECK(status() == 0xD0);
    CHECK(result() == Bytes{0x40, 0x10, 0, 0, 0, 1, 2});
}

TEST_CASE_FIXTURE(FifoFixture, "fdc fifo: WRITE DATA asks from the start and when the threshold is reached") {
    command({0x13, 0, 0x03, 0});
    Bytes bytes(1024);
    std::iota(bytes.rbegin(), bytes.rend(), std::uint8_t{3});
    write({0x45, 0, 0, 0, 3, 2, 4, 0x1B, 0xFF});
    CHECK(fdc.irq.level());
    CHECK(status() == 0xB0);
    const unsigned interrupts = write_all(bytes);
    CHECK(interrupts >= 1024 / 12);
    CHECK(interrupts <= 1024 / 12 + 3);
    CHECK(result() == Bytes{0x40, 0x80, 0, 1, 0, 1, 2});
    CHECK(on_disk(2, 2) == bytes);
    CHECK(on_disk(4) == filled(1, 4));
}

TEST_CASE_FIXTURE(FifoFixture, "fdc fifo: a host that is late with its bytes underruns") {
    write({0x45, 0, 0, 0, 3, 2, 4, 0x1B, 0xFF});
    out(0x3F5, 1);
    CHECK_FALSE(fdc.irq.level());
    time.advance(nanoseconds_per_second);
    CHECK(result() == Bytes{0x40, 0x10, 0, 0, 0, 3, 2});
    CHECK(on_disk(2) == filled(1, 2));
}

TEST_CASE_FIXTURE(FifoFixture, "fdc fifo: FORMAT TRACK and SCAN") {
    Bytes addresses;
    for (std::uint8_t i = 1; i <= 18; ++i) addresses.insert(addresses.end(), {0, 0, i, 2});
    write({0x4D, 0, 2, 18, 0x6C, 0xE5});
    write_all(addresses);
    CHECK(result()[1] == 0);
    CHECK(on_disk(0, 18) == filled(18, 0xE5));
    write({0x51, 0, 0, 0, 2, 2, 18, 0x1B, 1});
    write_all(filled(1, 0xE5));
    CHECK(result()[2] == 0x08);
}

TEST_CASE_FIXTURE(FifoFixture, "fdc fifo: deleted sectors are skipped, VERIFY moves nothing") {
    write({0x49, 0, 0, 0, 1, 2, 1, 0x1B, 0xFF});
    write_all(filled(1, 0xDD));
    result();
    write({0x66, 0, 0, 0, 1, 2, 2, 0x1B, 0xFF});
    CHECK(read_all() == Bytes(medium.bytes.begin() + 512, medium.bytes.begin() + 1024));
    CHECK(result()[2] == 0x40);
    CHECK(execute({0x56, 0, 0, 0, 3, 2, 18, 0x1B, 0xFF})[0] == 0);
}
