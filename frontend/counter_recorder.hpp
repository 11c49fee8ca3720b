// Counters of a run while it goes on: at lines of the guest's, and over time.
#pragma once

#include "machine/machine.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <regex>
#include <string>
#include <vector>

namespace calque {

class CounterRecorder {
public:
    /// `pattern` is an ECMAScript regular expression; empty: no line matches. Throws UsageError.
    CounterRecorder(Machine& machine, const std::string& pattern);

    /// A byte that the guest sent. The counters are taken right after the instruction that ends a line.
    void listen(std::uint8_t byte);
    /// Takes a sample of instructions over time. Returns the count at which the next one is due: an eighth
    /// more, so that a boot's first microseconds are as visible as its last seconds.
    std::uint64_t sample();
    /// `lines` and `startup`, as far as there is something in them.
    void add_to(nlohmann::ordered_json& stats) const;

private:
    struct Sample {
        std::uint64_t instructions;
        double seconds, cpu_seconds;
    };
    using Clock = std::chrono::steady_clock;

    void take(const std::string& line);
    /// Since the first of anything, which is at power-on.
    double seconds() const { return std::chrono::duration<double>(Clock::now() - started_).count(); }

    Machine& machine_;
    std::optional<std::regex> pattern_;
    std::string line_;
    Clock::time_point started_ = Clock::now();
    nlohmann::ordered_json taken_ = nlohmann::ordered_json::array();
    std::vector<Sample> samples_;
};

}  // namespace calque
