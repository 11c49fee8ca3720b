// What to record of a run, and when.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace calque::trace {

/// When recording begins or ends.
struct Trigger {
    enum class Kind : std::uint8_t { address, count, exception, interrupt };
    Kind kind = Kind::count;
    std::uint64_t value = 0;  ///< linear address, instructions retired, vector
};

/// What `--trace` and its companions say.
struct TraceOptions {
    std::string path{};
    std::string filter{};    ///< an Expression, or empty
    std::uint64_t ring = 0;  ///< keep so many last instructions; 0: all
    std::optional<Trigger> start{}, stop{};
};

/// `at=ADDRESS`, `count=N`, `exception=VECTOR` or `interrupt=VECTOR`. Throws UsageError.
Trigger parse_trigger(const std::string& text);
/// A number of instructions with an optional k, M or G (thousands, millions, thousand millions). Throws
/// UsageError.
std::uint64_t parse_instructions(const std::string& text);
/// The same, at least 1.
std::uint64_t parse_ring(const std::string& text);
/// Throws UsageError if it is no filter, or asks for what is not known before an instruction is executed.
void check_recording_filter(const std::string& text);

}  // namespace calque::trace
