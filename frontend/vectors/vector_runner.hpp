// Runs hardware vectors and tallies the outcome.
#pragma once

#include "frontend/vectors/vector_machine.hpp"
#include "frontend/vectors/vector_rules.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace calque {

struct VectorTally {
    std::size_t tests = 0, passed = 0, excused = 0;
    std::size_t failed() const { return tests - passed - excused; }
};

class VectorRunner {
public:
    explicit VectorRunner(const EngineFactory& make_engine) : machine_(make_engine) {}

    /// Called for each test that differs and that no rule excuses, with the differences in words.
    std::function<void(const MooTest&, const std::string&)> on_failure;

    VectorTally run(const MooFile& file);
    const VectorTally& total() const { return total_; }
    /// How many tests a rule has excused.
    std::size_t excused_by(std::string_view rule) { return excused_[rule]; }

private:
    VectorMachine machine_;
    VectorTally total_;
    std::map<std::string_view, std::size_t> excused_;
};

struct VectorOptions {
    std::vector<std::string> files;
    bool verbose = false;  ///< describe each difference that no rule excuses
};

/// `calque vectors`: a line a file, a line a rule, a total on standard output. Returns the exit status: 0, or
/// 2 if a difference remains that nothing excuses.
int run_vectors(const VectorOptions& options, const EngineFactory& make_engine);

}  // namespace calque
