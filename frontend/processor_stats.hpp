// The counters of the CPU and its engine as JSON, for every command that runs guest code.
#pragma once

#include "cpu/processor.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace calque {

/// Adds `engine`, `instructions` (all, and how each was carried out), `blocks` and what only the engine
/// knows.
void add_processor_statistics(nlohmann::ordered_json& stats, Processor& processor);

/// Adds `mmu`.
void add_mmu_statistics(nlohmann::ordered_json& stats, const Mmu& mmu);

/// Throws UsageError if the file cannot be written.
void write_json(const std::string& file, const nlohmann::ordered_json& json);

}  // namespace calque
