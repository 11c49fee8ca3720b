// Carries out a suite.
#pragma once

#include "frontend/bench/child.hpp"
#include "frontend/bench/machines.hpp"
#include "frontend/bench/measurements.hpp"
#include "frontend/bench/suite.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace calque::bench {

struct Plan {
    Suite suite;
    std::vector<std::string> ways;  ///< engines of this build, `native`, peers
    unsigned rounds = 1;
    bool ablate = false;
    std::string guest_folder;
};

class Runner {
public:
    explicit Runner(const Plan& plan);

    /// Tells on standard error how far it is. What cannot be run becomes a line of Measurements::skipped.
    Measurements run();

private:
    struct CalqueResult {
        std::vector<Region> regions;
        nlohmann::ordered_json startup;
    };

    bool wants(const std::string& way) const;
    void open_guests();
    void measure_host();
    void measure_round(unsigned round);
    void measure_calque(const std::string& engine, const Load& load, GuestRuns& runs);
    void measure_peers(unsigned round);
    void measure_peer(const Peer& peer, const Load& load, std::chrono::seconds limit, GuestRuns& runs);
    void measure_native();
    void count_instructions();
    void time_callouts();
    void sweep_thresholds();
    void ablate();

    CalqueResult run_calque(CalqueRun run, const Load& load);
    std::vector<Region> run_native(const std::vector<Task>& tasks);
    void skip(const std::string& what, const std::string& why);
    void progress(const std::string& text);

    Plan plan_;
    InterruptWatch interrupts_;
    TemporaryFolder folder_;
    Load operations_;
    std::optional<LinuxGuest> linux_;
    Load programs_;
    std::vector<std::string> unusable_;  ///< peers
    Measurements found_;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace calque::bench
