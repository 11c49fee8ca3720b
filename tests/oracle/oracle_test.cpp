// Random programs on the host's own CPU and under every engine.
#include "tests/oracle/oracle.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>

using namespace calque;
using namespace calque::test;

namespace {

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// How long to go on: so many programs on any host, and then until the time that was asked for is up.
class Budget {
public:
    using Clock = std::chrono::steady_clock;
    bool left(std::uint64_t programs) const {
        return programs < least_ || (programs % 64 != 0 || Clock::now() < until_);
    }

private:
    std::uint64_t least_ = number_from_environment("CALQUE_ORACLE_PROGRAMS", 60'000);
    Clock::time_point until_ =
        Clock::now() + std::chrono::seconds(number_from_environment("CALQUE_ORACLE_SECONDS", 0));
};

}  // namespace

TEST_CASE("random programs do the same natively and under every engine") {
    const std::uint64_t first = number_from_environment("CALQUE_ORACLE_SEED", 0);
    const std::uint64_t most_reports = number_from_environment("CALQUE_ORACLE_REPORTS", 5);
    const Budget budget;
    Oracle oracle;
    const Target& target = oracle.target();
    Coverage coverage(target);
    std::uint64_t programs = 0, failures = 0;
    for (; budget.left(programs) && failures < most_reports; ++programs) {
        const std::uint64_t seed = first + programs;
        Generated made = generate(target, seed);
        if (made.program.items.empty()) continue;
        coverage.add(made, target.rows[seed % target.rows.size()]);
        const std::string text = oracle.check(std::move(made));
        if (text.empty()) continue;
        ++failures;
        FAIL_CHECK("CALQUE_ORACLE_SEED=" << seed << " repeats it: " << text);
    }
    MESSAGE(programs << " programs; " << coverage.summary() << oracle.callouts());
    if (failures) return;
    for (const unsigned row : target.rows)
        CHECK_MESSAGE(coverage.count(row) > 0, instruction_table()[row].name);
    for (const std::string& operand : coverage.never_met()) FAIL_CHECK("never met: " << operand);
}
