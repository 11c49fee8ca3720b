// Values as people write them.
#include "frontend/parse.hpp"

#include "frontend/usage_error.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <ctime>

namespace calque {

namespace {

[[noreturn]] void reject(std::string_view text, std::string_view expected) {
    throw UsageError(fmt::format("\"{}\" is not {}", text, expected));
}

bool read_digits(std::string_view digits, int base, std::uint64_t& value) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    return error == std::errc{} && end == digits.data() + digits.size();
}

bool has_hex_prefix(std::string_view text) { return text.starts_with("0x") || text.starts_with("0X"); }

unsigned unit_shift(char unit) {
    switch (unit) {
        case 'K':
        case 'k': return 10;
        case 'M':
        case 'm': return 20;
        case 'G':
        case 'g': return 30;
        case 'T':
        case 't': return 40;
        default: return 0;
    }
}

std::int64_t seconds_now() { return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()); }

/// What a clock on the wall shows, as if it were UTC.
std::int64_t local_seconds() {
    const std::time_t now = seconds_now();
    std::tm wall{};
    localtime_r(&now, &wall);
    return timegm(&wall);
}

}  // namespace

std::uint64_t parse_number(std::string_view text, std::uint64_t largest) {
    std::uint64_t value = 0;
    const bool hex = has_hex_prefix(text);
    const bool valid = read_digits(hex ? text.substr(2) : text, hex ? 16 : 10, value);
    if (!valid || value > largest) {
        reject(text, largest == ~0ULL ? std::string("a number") : fmt::format("a number up to {}", largest));
    }
    return value;
}

std::uint64_t parse_size(std::string_view text) {
    const unsigned shift = text.empty() ? 0 : unit_shift(text.back());
    std::uint64_t value = 0;
    const bool valid = read_digits(shift ? text.substr(0, text.size() - 1) : text, 10, value);
    if (!valid || value > ~0ULL >> shift) reject(text, "a size (a number and K, M, G or T)");
    return value << shift;
}

std::uint64_t parse_address(std::string_view text) {
    std::uint64_t value = 0;
    if (!read_digits(has_hex_prefix(text) ? text.substr(2) : text, 16, value))
        reject(text, "a hexadecimal number");
    return value;
}

Nanoseconds parse_seconds(std::string_view text) {
    constexpr std::string_view expected = "a number of seconds";
    constexpr std::uint64_t most = 1'000'000'000;
    const std::size_t point = text.find('.');
    std::uint64_t whole = 0, fraction = 0;
    if (!read_digits(text.substr(0, point), 10, whole) || whole > most) reject(text, expected);
    if (point != std::string_view::npos) {
        std::string digits(text.substr(point + 1));
        if (digits.empty()) reject(text, expected);
        digits.resize(9, '0');
        if (!read_digits(digits, 10, fraction)) reject(text, expected);
    }
    return static_cast<Nanoseconds>(whole * 1'000'000'000 + fraction);
}

std::uint64_t parse_speed(std::string_view text) {
    constexpr std::string_view expected = "a speed between 0.01 and 9000 million instructions a second";
    constexpr double million = 1e6;
    double millions = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), millions);
    const bool valid = error == std::errc{} && end == text.data() + text.size();
    if (!valid || !(millions >= 0.01 && millions <= 9000)) reject(text, expected);
    return static_cast<std::uint64_t>(std::llround(millions * million));
}

void parse_clock(std::string_view text, MachineConfig& config) {
    constexpr std::string_view deterministic = "instructions";
    if (text == "real") {
        config.clock = ClockKind::real;
        return;
    }
    if (!text.starts_with(deterministic)) reject(text, "\"real\" or \"instructions[=NS]\"");
    config.clock = ClockKind::instructions;
    text.remove_prefix(deterministic.size());
    if (text.empty()) return;
    std::uint64_t nanoseconds = 0;
    const bool valid = text.front() == '=' && read_digits(text.substr(1), 10, nanoseconds);
    if (!valid || nanoseconds < 1 || nanoseconds > 1'000'000)
        throw UsageError("\"instructions=NS\" takes 1 to 1000000 nanoseconds");
    config.nanoseconds_per_instruction = static_cast<Nanoseconds>(nanoseconds);
}

std::int64_t parse_rtc(const std::string& text) {
    if (text == "utc") return seconds_now();
    if (text == "local") return local_seconds();
    std::tm date{};
    const char* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &date);
    if (!end || *end) reject(text, "\"utc\", \"local\" or a date YYYY-MM-DDThh:mm:ss");
    return timegm(&date);
}

std::string parse_boot_order(std::string_view text) {
    constexpr std::string_view expected = "an order of at most three of a, c, d and n";
    constexpr std::size_t most = 3;  // the firmware has room for no more
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool known = std::string_view("acdn").find(text[i]) != std::string_view::npos;
        if (!known || text.find(text[i], i + 1) != std::string_view::npos) reject(text, expected);
    }
    if (text.empty() || text.size() > most) reject(text, expected);
    return std::string(text);
}

}  // namespace calque
