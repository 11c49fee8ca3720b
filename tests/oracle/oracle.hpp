// The host's CPU and every engine, and what becomes of a program on each.
#pragma once

#include "tests/oracle/coverage.hpp"
#include "tests/oracle/generator.hpp"
#include "tests/oracle/guest.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace calque::test {

class Oracle {
public:
    /// `engines`: what the engines' names begin with; empty: all. Throws std::invalid_argument if none does.
    explicit Oracle(std::string_view engines = {});

    std::string engine_names() const;
    const Target& target() const { return target_; }
    /// Runs the first `count` items everywhere. Empty, or the report of a difference.
    std::string compare(const Generated& made, std::size_t count);
    /// The same of all items; a report is of as few items and as few values as show a difference, and ends
    /// with the named case that repeats it.
    std::string check(Generated made);

    /// By engine, how many instructions were called out: an emitter that declines shows here and nowhere
    /// else.
    std::string callouts();

private:
    void forgive_partial_work(const Generated& made, std::size_t count, const Outcome& first,
                              Outcome& native);
    Outcome run_natively(const Generated& made, const std::vector<std::uint8_t>& code);

    NativeRunner native_;  // first: engines pass on to its signal handlers
    std::vector<std::unique_ptr<OracleGuest>> guests_;
    Target target_;
};

}  // namespace calque::test
