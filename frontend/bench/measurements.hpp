// What a bench run has found out, before it becomes a report.
#pragma once

#include "frontend/bench/marks.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace calque::bench {

/// All runs of one way (an engine, a peer, `native`) through one guest: a list of regions a run.
using Runs = std::vector<std::vector<Region>>;

/// By way.
struct GuestRuns {
    std::map<std::string, Runs> measured;
    std::vector<Region> counted;                            ///< the interpreter with counters
    std::vector<Region> timed;                              ///< the translator with a clock beside callouts
    std::map<std::string, nlohmann::ordered_json> startup;  ///< by engine
    std::map<std::string, std::uint64_t> peak_memory;       ///< bytes, by way
};

struct Skipped {
    std::string what, why;
};

struct Measurements {
    nlohmann::ordered_json host;
    GuestRuns operations, programs;
    GuestRuns
        sample;  ///< the translator's runs that ablation is compared with, where those are not of `programs`
    std::map<std::string, std::string> groups;        ///< of programs
    std::map<std::string, double> native_operations;  ///< nanoseconds
    struct Threshold {
        std::uint32_t executions;
        std::vector<double> seconds;
    };
    std::vector<Threshold> thresholds;
    struct AblationRun {
        std::string title, switches;
        std::vector<Region> operations, programs;
    };
    std::vector<AblationRun> ablation;
    std::vector<Skipped> skipped;
    std::vector<std::string> failures;  ///< of Calque's engines, where another way got through
};

}  // namespace calque::bench
