// The texts of --trace and its companions.
#include "frontend/trace/trace_options.hpp"

#include "frontend/parse.hpp"
#include "frontend/trace/expression.hpp"
#include "frontend/usage_error.hpp"

#include <fmt/format.h>

#include <utility>

namespace calque::trace {

Trigger parse_trigger(const std::string& text) {
    using Kind = Trigger::Kind;
    const std::size_t sign = text.find('=');
    const std::string key = text.substr(0, sign),
                      value = sign == std::string::npos ? "" : text.substr(sign + 1);
    if (key == "at") return {Kind::address, parse_address(value)};
    if (key == "count") return {Kind::count, parse_instructions(value)};
    if (key == "exception") return {Kind::exception, parse_number(value, 31)};
    if (key == "interrupt") return {Kind::interrupt, parse_number(value, 255)};
    throw UsageError(
        fmt::format("\"{}\" is not at=ADDRESS, count=N, exception=VECTOR or interrupt=VECTOR", text));
}

std::uint64_t parse_instructions(const std::string& text) {
    static constexpr std::pair<char, std::uint64_t> units[]{
        {'k', 1000}, {'M', 1'000'000}, {'G', 1'000'000'000}};
    for (const auto& [letter, unit] : units)
        if (!text.empty() && text.back() == letter)
            return parse_number(text.substr(0, text.size() - 1), ~0ULL / unit) * unit;
    return parse_number(text);
}

void check_recording_filter(const std::string& text) {
    if (!Expression(text).foreseeable())
        throw UsageError(
            "a recording is filtered by ip, cpl, mode and count only (calque trace grep knows more)");
}

std::uint64_t parse_ring(const std::string& text) {
    if (const std::uint64_t ring = parse_instructions(text)) return ring;
    throw UsageError("a ring of 0 instructions holds nothing");
}

}  // namespace calque::trace
