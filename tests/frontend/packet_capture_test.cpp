// Captures are what libpcap's readers expect, and a full disk does not end a run.
#include "frontend/packet_capture.hpp"

#include "frontend/usage_error.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <unistd.h>
#include <vector>

using namespace calque;

namespace {

using Bytes = std::vector<std::uint8_t>;

struct TemporaryFile {
    TemporaryFile() { close(mkstemp(path)); }
    ~TemporaryFile() { std::remove(path); }
    Bytes content() const {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    char path[40] = "/tmp/calque-capture-XXXXXX";
};

std::uint32_t number(const Bytes& bytes, std::size_t offset) {
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

}  // namespace

TEST_CASE("a capture has a header and, before each frame, its time and length") {
    const TemporaryFile file;
    const Bytes frame(60, 0xAB);
    PacketCapture capture(file.path, 1'700'000'000);
    CHECK(file.content().size() == 24);
    capture.add(frame, 2'000'003'500);
    const Bytes bytes = file.content();
    REQUIRE(bytes.size() == 24 + 16 + 60);
    CHECK(number(bytes, 0) == 0xA1B2C3D4);
    CHECK(number(bytes, 16) == 65'535);
    CHECK(number(bytes, 20) == 1);
    CHECK(number(bytes, 24) == 1'700'000'002);
    CHECK(number(bytes, 28) == 3);
    CHECK(number(bytes, 32) == 60);
    CHECK(number(bytes, 36) == 60);
    CHECK(Bytes(bytes.begin() + 40, bytes.end()) == frame);
}

TEST_CASE("a full disk ends the capture only") {
    PacketCapture capture("/dev/full", 0);
    capture.add(Bytes(60), 0);
}

TEST_CASE("a capture that cannot be made is named") {
    CHECK_THROWS_WITH_AS(PacketCapture("/nonexistent/f.pcap", 0),
                         "/nonexistent/f.pcap: No such file or directory", UsageError);
}
