// What a guest instruction costs each engine, and how often it must be executed until translating it pays.
#pragma once

#include <cstdint>
#include <optional>

namespace calque::bench {

/// What one engine did in a stretch of a guest's execution. Seconds are processor time of the host.
struct Work {
    double seconds = 0;
    std::uint64_t instructions = 0;  ///< retired
    std::uint64_t interpreted = 0;   ///< of them
    std::uint64_t decoded = 0;       ///< instructions in the blocks decoded
    double decoding_seconds = 0;
    std::uint64_t translated = 0;  ///< instructions in the blocks translated
    double translation_seconds = 0;

    Work& operator+=(const Work& other);
};

/// Nanoseconds a guest instruction. What was not done has no cost: it is absent.
struct CostModel {
    std::optional<double> decode;     ///< D: finding an instruction's fields and meaning, once a block
    std::optional<double> interpret;  ///< I: executing it by the interpreter, decoding excluded
    std::optional<double> translate;  ///< T: making host code of it, once
    std::optional<double>
        execute;  ///< X: executing it by the translator, callouts included, T and D excluded
    /// n = T / (I - X): executions after which translating has paid for itself. Absent where X >= I: never.
    std::optional<double> break_even;
};

/// Both stretches are the same part of the same guest's execution.
CostModel cost_model(const Work& interpreter, const Work& translator);

/// Executions to interpret before translating: at the break-even, so that a block whose number of executions
/// is unknown costs at most twice what foreknowledge would have made it cost (the rent-or-buy argument).
std::uint32_t threshold_for(double break_even);

}  // namespace calque::bench
