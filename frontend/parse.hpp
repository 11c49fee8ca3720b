// Values as people write them. All throw UsageError, with a text that says what was expected.
#pragma once

#include "devices/clock.hpp"
#include "machine/config.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace calque {

/// A whole number, decimal or with 0x, at most `largest`.
std::uint64_t parse_number(std::string_view text, std::uint64_t largest = ~0ULL);
/// A number of bytes with an optional K, M, G or T.
std::uint64_t parse_size(std::string_view text);
/// Hexadecimal digits with or without 0x.
std::uint64_t parse_address(std::string_view text);
/// Seconds, whole or with a decimal fraction.
Nanoseconds parse_seconds(std::string_view text);
/// Million instructions a second, whole or with a decimal fraction; the result is in instructions.
std::uint64_t parse_speed(std::string_view text);
/// `real` or `instructions[=NS]`.
void parse_clock(std::string_view text, MachineConfig& config);
/// `utc`, `local` or YYYY-MM-DDThh:mm:ss, in seconds since 1970.
std::int64_t parse_rtc(const std::string& text);
/// At most three letters out of a, c, d and n, none twice.
std::string parse_boot_order(std::string_view text);

}  // namespace calque
