// What `calque run` was asked to do.
#pragma once

#include "frontend/engines.hpp"
#include "machine/config.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace calque {

struct RunOptions {
    MachineConfig machine;
    EngineChoice engine;
    bool desktop = false;
    std::string serial;  ///< as given; empty: the default
    std::string serial2 = "none";
    std::string debugcon;
    std::uint64_t max_instructions = ~0ULL;
    std::optional<Nanoseconds> timeout;
    std::uint64_t checkpoint_interval = ~0ULL;
    std::string screenshot, script, stats;
    bool log_ports = false;
};

/// Declares the options of `calque run` on `app`. `options` is filled in while parsing.
void declare_run_options(CLI::App& app, RunOptions& options);

/// What can only be judged when all options are known. Throws UsageError.
void check_run_options(RunOptions& options);

}  // namespace calque
