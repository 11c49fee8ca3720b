// Values as people write them, good and bad.
#include "frontend/parse.hpp"

#include "frontend/usage_error.hpp"

#include <doctest/doctest.h>

using namespace calque;

TEST_CASE("numbers and sizes") {
    CHECK(parse_number("0") == 0);
    CHECK(parse_number("0x1F") == 31);
    CHECK(parse_number("18446744073709551615") == ~0ULL);
    CHECK(parse_size("640K") == 640 << 10);
    CHECK(parse_size("2g") == 2ULL << 30);
    CHECK(parse_size("123") == 123);
    CHECK(parse_address("0xFFff") == 0xFFFF);
    CHECK(parse_address("10000") == 0x1'0000);
    for (const char* bad : {"", "x", "-1", "1 ", " 1", "0x", "18446744073709551616", "1K1"}) {
        CHECK_THROWS_AS(parse_number(bad), UsageError);
        CHECK_THROWS_AS(parse_size(bad), UsageError);
    }
    CHECK_THROWS_AS(parse_number("256", 255), UsageError);
    CHECK_THROWS_AS(parse_size("K"), UsageError);
    CHECK_THROWS_AS(parse_size("18446744073709551615K"), UsageError);
    CHECK_THROWS_AS(parse_address("g"), UsageError);
}

TEST_CASE("seconds") {
    CHECK(parse_seconds("3") == 3'000'000'000);
    CHECK(parse_seconds("0.25") == 250'000'000);
    for (const char* bad : {"", ".5", "1.", "-1", "1e3", "9999999999"})
        CHECK_THROWS_AS(parse_seconds(bad), UsageError);
}

TEST_CASE("speeds") {
    CHECK(parse_speed("3") == 3'000'000);
    CHECK(parse_speed("0.3") == 300'000);
    CHECK(parse_speed("9000") == 9'000'000'000);
    for (const char* bad : {"", "0", "-1", "0.001", "9001", "3 ", "50%", "nan", "inf"})
        CHECK_THROWS_AS(parse_speed(bad), UsageError);
}

TEST_CASE("clocks") {
    MachineConfig config;
    parse_clock("instructions", config);
    CHECK(config.clock == ClockKind::instructions);
    CHECK(config.nanoseconds_per_instruction == 1);
    parse_clock("instructions=20", config);
    CHECK(config.nanoseconds_per_instruction == 20);
    parse_clock("real", config);
    CHECK(config.clock == ClockKind::real);
    for (const char* bad : {"", "fast", "instructions=", "instructions=0", "instructions=x", "instructions5"})
        CHECK_THROWS_AS(parse_clock(bad, config), UsageError);
}

TEST_CASE("dates") {
    CHECK(parse_rtc("1970-01-02T00:00:00") == 86'400);
    CHECK(parse_rtc("2000-02-29T23:59:59") == 951'868'799);
    CHECK(parse_rtc("utc") > 1'700'000'000);
    for (const char* bad : {"", "now", "2000-01-01", "2000-13-01T00:00:00", "2000-01-01T00:00:00Z"})
        CHECK_THROWS_AS(parse_rtc(bad), UsageError);
}

TEST_CASE("boot orders") {
    CHECK(parse_boot_order("acd") == "acd");
    CHECK(parse_boot_order("d") == "d");
    CHECK(parse_boot_order("nc") == "nc");
    for (const char* bad : {"", "x", "aa", "acda", "acdn"})
        CHECK_THROWS_AS(parse_boot_order(bad), UsageError);
}
