// Runs hardware vectors on a processor with flat RAM and judges the outcome.
#pragma once

#include "cpu/engine.hpp"
#include "frontend/vectors/moo_file.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace calque {

using EngineFactory = std::function<std::unique_ptr<Engine>(Cpu&, BlockCache&)>;

struct VectorOptions {
    std::vector<std::string> files;
    bool verbose = false;  ///< describe each difference that no rule excuses
};

/// `calque vectors`: a line a file, a line a rule, a total on standard output. Returns the exit status: 0, or 2 if a
/// difference remains that nothing excuses.
int run_vectors(const VectorOptions& options, const EngineFactory& make_engine);

}  // namespace calque
