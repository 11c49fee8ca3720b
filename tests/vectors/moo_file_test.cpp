// Vector files that are damaged.
#include "frontend/vectors/moo_file.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string_view>

using namespace calque;
using namespace std::string_literals;

namespace {

std::string number(std::uint32_t value) {
    std::string bytes;
    for (unsigned i = 0; i < 4; ++i) bytes += static_cast<char>(value >> 8 * i);
    return bytes;
}
std::string chunk(std::string_view tag, const std::string& payload) {
    return std::string(tag) + number(static_cast<std::uint32_t>(payload.size())) + payload;
}
/// A file with one test, of these chunks.
std::string file_of(const std::string& chunks) {
    return chunk("MOO ", number(0) + number(1) + "286 ") + chunk("TEST", number(0) + chunks);
}

MooFile read(const std::string& bytes) {
    char path[] = "/tmp/calque-vectors-XXXXXX";
    std::fclose(fdopen(mkstemp(path), "w"));
    std::ofstream(path, std::ios::binary) << bytes;
    const std::shared_ptr<char> remove(path, [](const char* name) { std::remove(name); });
    return read_moo_file(path);
}

}  // namespace

TEST_CASE("a vector file holds what it announces") {
    const std::string one_byte = number(1) + number(0x1234) + "\x56";
    const MooFile file = read(file_of(chunk("INIT", chunk("RAM ", one_byte))));
    REQUIRE(file.tests.size() == 1);
    REQUIRE(file.tests[0].ram_before.size() == 1);
    CHECK(file.tests[0].ram_before[0].address == 0x1234);
    CHECK(file.tests[0].ram_before[0].value == 0x56);

    const std::string too_many = number(0xffff'ffff) + number(0x1234) + "\x56";
    CHECK_THROWS_WITH_AS(read(file_of(chunk("INIT", chunk("RAM ", too_many)))),
                         doctest::Contains("ends in the middle of a chunk"), std::runtime_error);
}
