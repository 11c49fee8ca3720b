// Counters of a run while it goes on.
#include "frontend/counter_recorder.hpp"

#include "cpu/thread_clock.hpp"
#include "frontend/process_memory.hpp"
#include "frontend/processor_stats.hpp"
#include "frontend/usage_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace calque {

namespace {

using Json = nlohmann::ordered_json;

/// Longer lines match nothing.
constexpr std::size_t longest_line = 1000;

std::optional<std::regex> compile(const std::string& pattern) {
    if (pattern.empty()) return std::nullopt;
    try {
        return std::regex(pattern, std::regex::ECMAScript | std::regex::optimize);
    } catch (const std::regex_error&) {
        throw UsageError(fmt::format("--stats-at: \"{}\" is no regular expression", pattern));
    }
}

}  // namespace

CounterRecorder::CounterRecorder(Machine& machine, const std::string& pattern)
    : machine_(machine), pattern_(compile(pattern)) {}

void CounterRecorder::listen(std::uint8_t byte) {
    if (!pattern_ || byte == '\r') return;
    if (byte != '\n') {
        line_ += static_cast<char>(byte);
        return;
    }
    std::string line = std::exchange(line_, {});
    if (line.size() <= longest_line && std::regex_search(line, *pattern_))
        machine_.at_next_border([this, line = std::move(line)] { take(line); });
}

void CounterRecorder::take(const std::string& line) {
    Board& board = machine_.board();
    Json entry = {{"line", line},
                  {"seconds", seconds()},
                  {"cpu_seconds", thread_seconds()},
                  {"guest_seconds", static_cast<double>(board.clock().now()) * 1e-9},
                  {"memory_bytes", memory_of_process("self")}};
    add_processor_statistics(entry, board.processor());
    add_mmu_statistics(entry, board.mmu());
    entry["resumed"] = {{"seconds", seconds()}, {"cpu_seconds", thread_seconds()}};  // what taking them took
    taken_.push_back(std::move(entry));
}

std::uint64_t CounterRecorder::sample() {
    const std::uint64_t instructions = machine_.board().processor().cpu().state.instructions;
    samples_.push_back({instructions, seconds(), thread_seconds()});
    return instructions + std::max<std::uint64_t>(instructions / 8, 1000);
}

void CounterRecorder::add_to(Json& stats) const {
    if (!taken_.empty()) stats["lines"] = taken_;
    if (samples_.empty()) return;
    Json& list = stats["startup"] = Json::array();
    for (const Sample& sample : samples_)
        list.push_back({{"instructions", sample.instructions},
                        {"seconds", sample.seconds},
                        {"cpu_seconds", sample.cpu_seconds}});
}

}  // namespace calque
