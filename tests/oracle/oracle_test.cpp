// Random programs on the host's own CPU and under every engine.
#include "tests/oracle/coverage.hpp"
#include "tests/oracle/generator.hpp"
#include "tests/oracle/guest.hpp"
#include "tests/oracle/report.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>

using namespace calque;
using namespace calque::test;

namespace {

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// The CPU and every engine, and what they are given to run.
class Oracle {
public:
    Oracle() {
        for (const EngineKind& kind : engine_kinds()) guests_.push_back(std::make_unique<OracleGuest>(kind));
        target_ = {runnable_rows(), guests_.front()->mode(), &guests_.front()->model()};
    }

    /// Empty, or the report of a difference.
    std::string check(std::uint64_t seed) {
        const Generated made = generate(target_, seed);
        if (made.program.items.empty()) return {};
        for (const Item& item : made.program.items) coverage_.add(item.row);
        const std::string text = compare(made, made.program.items.size(), seed);
        if (text.empty()) return text;
        for (std::size_t count = 1; count < made.program.items.size(); ++count) {
            const std::string shorter = compare(made, count, seed);
            if (!shorter.empty()) return shorter;
        }
        return text;
    }
    const Coverage& coverage() const { return coverage_; }

private:
    std::string compare(const Generated& made, std::size_t count, std::uint64_t seed) {
        const std::vector<std::uint8_t> code = made.program.code(count);
        const auto run = [&](OracleGuest& guest) {
            return guest.run(made.program.address, code, made.state, made.memory);
        };
        const Outcome first = run(*guests_.front());
        const auto difference = [&](const Outcome& expected, const char* name, const Outcome& found,
                                    const char* found_name, Comparison how) {
            if (equal(expected, found, how)) return std::string{};
            return report({made.program, count, made.state, expected, found, name, found_name, seed, how});
        };
        if (made.program.native_agrees) {
            const Outcome native = run_natively(made, code);
            const std::uint32_t undefined = made.program.undefined_flags(count, native.eip);
            const Comparison how{.flags = (flag::status | flag::df) & ~undefined, .exact = false};
            const std::string text = difference(native, "native", first, guests_.front()->name(), how);
            if (!text.empty()) return text;
        }
        for (std::size_t i = 1; i < guests_.size(); ++i) {
            const std::string text =
                difference(first, guests_.front()->name(), run(*guests_[i]), guests_[i]->name(), {});
            if (!text.empty()) return text;
        }
        return {};
    }

    Outcome run_natively(const Generated& made, const std::vector<std::uint8_t>& code) {
        std::memcpy(native_.memory(window::data), made.memory.data.data(), window::data_size);
        std::memcpy(native_.memory(window::stack), made.memory.stack.data(), window::stack_size);
        Outcome outcome;
        outcome.state = made.state;
        const NativeRunner::End end = native_.run(made.program.address, code, outcome.state);
        outcome.vector = end.vector;
        outcome.eip = end.eip;
        std::memcpy(outcome.memory.data.data(), native_.memory(window::data), window::data_size);
        std::memcpy(outcome.memory.stack.data(), native_.memory(window::stack), window::stack_size);
        return outcome;
    }

    NativeRunner native_;  // first: engines pass on to its signal handlers
    std::vector<std::unique_ptr<OracleGuest>> guests_;
    Target target_;
    Coverage coverage_;
};

}  // namespace

TEST_CASE("random programs do the same natively and under every engine") {
    using Clock = std::chrono::steady_clock;
    const std::uint64_t first = number_from_environment("CALQUE_ORACLE_SEED", 0);
    // Without a time on request the same programs run everywhere, however fast the host is.
    const std::uint64_t seconds = number_from_environment("CALQUE_ORACLE_SECONDS", 0);
    const auto until = Clock::now() + std::chrono::seconds(seconds ? seconds : 60);
    const std::uint64_t last = seconds ? ~std::uint64_t{0} : first + 60'000;
    const std::uint64_t most_reports = number_from_environment("CALQUE_ORACLE_REPORTS", 5);
    Oracle oracle;
    unsigned failures = 0;
    std::uint64_t seed = first;
    for (; seed < last && Clock::now() < until && failures < most_reports; ++seed) {
        const std::string text = oracle.check(seed);
        if (text.empty()) continue;
        ++failures;
        FAIL_CHECK(text);
    }
    MESSAGE((seed - first) << " programs; " << oracle.coverage().summary());
    if (failures == 0) {
        for (const unsigned row : runnable_rows())
            CHECK_MESSAGE(oracle.coverage().count(row) > 0, instruction_table()[row].name);
    }
}
