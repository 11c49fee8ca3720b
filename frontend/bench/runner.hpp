// Carries out a suite.
#pragma once

#include "frontend/bench/child.hpp"
#include "frontend/bench/machines.hpp"
#include "frontend/bench/measurements.hpp"
#include "frontend/bench/suite.hpp"

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace calque::bench {

class Runner {
public:
    /// Throws UsageError if there is nothing of what the user has named.
    explicit Runner(const Plan& plan);

    /// Tells on standard error how far it is. What cannot be run becomes a line of Measurements::skipped.
    Measurements run();

private:
    /// Something that machines run.
    struct Guest {
        std::string title;
        Load load;
        GuestRuns* runs;
    };
    struct CalqueResult {
        std::vector<Region> regions;
        nlohmann::ordered_json startup;
        std::uint64_t peak_memory = 0;
    };

    bool wants(const std::string& way) const;
    bool can(const std::string& way, const Guest& guest) const;
    void open_guests();
    void select_tasks();
    void measure_host();
    void measure_round(unsigned round);
    void measure_calque(const std::string& engine, const Guest& guest);
    void measure_peer(const Peer& peer);
    bool prove(const Peer& peer);
    void measure_peer(const Peer& peer, const Guest& guest);
    void measure_native();
    void count_instructions();
    void time_callouts();
    void sweep_thresholds();
    void ablate();
    void note_failures();

    CalqueResult run_calque(CalqueRun run, const Load& load);
    /// Nothing, and a line about it, if the guest does not get through.
    std::optional<CalqueResult> try_calque(const CalqueRun& run, const Guest& guest);
    std::vector<Region> run_native(const Task& task);
    void give_up(const std::string& way, const Guest& guest, const std::string& why);
    void skip(const std::string& what, const std::string& why);
    void progress(const std::string& text);

    Plan plan_;
    InterruptWatch interrupts_;
    TemporaryFolder folder_;
    Measurements found_;
    std::optional<LinuxGuest> linux_;
    std::optional<Guest> operations_, programs_, sample_;
    std::set<std::string> proven_, unusable_;                    ///< peers
    std::set<std::pair<std::string, std::string>> did_not_run_;  ///< ways and titles of guests
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace calque::bench
