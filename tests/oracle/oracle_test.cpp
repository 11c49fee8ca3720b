// Random programs on the host's own CPU and under every engine.
#include "tests/oracle/oracle.hpp"

#include "tests/oracle/reference.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

using namespace calque;
using namespace calque::test;

namespace {

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// So many programs meet every form and every class of operands.
constexpr std::uint64_t enough_for_coverage = 100'000;

/// How long to go on: so many programs on any host, and then until the time that was asked for is up.
class Budget {
public:
    using Clock = std::chrono::steady_clock;
    bool left(std::uint64_t programs) const {
        return programs < least_ || (programs % 64 != 0 || Clock::now() < until_);
    }
    std::int64_t seconds_spent() const {
        return std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begin_).count();
    }

private:
    std::uint64_t least_ = number_from_environment("CALQUE_ORACLE_PROGRAMS", enough_for_coverage);
    Clock::time_point begin_ = Clock::now();
    Clock::time_point until_ =
        begin_ + std::chrono::seconds(number_from_environment("CALQUE_ORACLE_SECONDS", 0));
};

/// What has become of the programs so far.
struct Tally {
    std::uint64_t programs = 0, failures = 0;
};

/// Says once a minute how far a long run is.
class Progress {
public:
    void show(const Budget& budget, const Tally& tally) {
        if (tally.programs % 1024 != 0 || budget.seconds_spent() < next_) return;
        fmt::print(stderr, "{} s: {} programs, {} differences\n", budget.seconds_spent(), tally.programs,
                   tally.failures);
        next_ = budget.seconds_spent() + interval;
    }

private:
    static constexpr std::int64_t interval = 60;
    std::int64_t next_ = interval;
};

Tally run_programs(Oracle& oracle, Coverage& coverage, const Budget& budget) {
    const std::uint64_t first = number_from_environment("CALQUE_ORACLE_SEED", 0);
    const std::uint64_t most_reports = number_from_environment("CALQUE_ORACLE_REPORTS", 5);
    const Target& target = oracle.target();
    Progress progress;
    Tally tally;
    for (; budget.left(tally.programs) && tally.failures < most_reports; ++tally.programs) {
        progress.show(budget, tally);
        const std::uint64_t seed = first + tally.programs;
        Generated made = generate(target, seed);
        if (made.program.items.empty()) continue;
        coverage.add(made, target.rows[seed % target.rows.size()]);
        const std::string text = oracle.check(std::move(made));
        if (text.empty()) continue;
        ++tally.failures;
        FAIL_CHECK("CALQUE_ORACLE_SEED=" << seed << " CALQUE_ORACLE_PROGRAMS=1 repeats it: " << text);
    }
    return tally;
}

}  // namespace

TEST_CASE("random programs do the same natively and under every engine") {
    if (!is_worth_asking()) return;
    const char* engines = std::getenv("CALQUE_ORACLE_ENGINE");
    const Budget budget;
    Oracle oracle(engines ? engines : "");
    Coverage coverage(oracle.target());
    const Tally tally = run_programs(oracle, coverage, budget);
    MESSAGE(coverage.left_out() << oracle.callouts());
    fmt::print("oracle: {} programs in {} s, natively and in {}: {} differences; {}\n", tally.programs,
               budget.seconds_spent(), oracle.engine_names(), tally.failures, coverage.summary());
    if (tally.failures || tally.programs < enough_for_coverage) return;
    for (const unsigned row : oracle.target().rows)
        CHECK_MESSAGE(coverage.count(row) > 0, instruction_table()[row].name);
    for (const std::string& operand : coverage.never_met()) FAIL_CHECK("never met: " << operand);
}
