// The vector runner.
#include "frontend/vectors/vector_runner.hpp"

#include "frontend/vectors/vector_judge.hpp"

#include <fmt/format.h>

namespace calque {

VectorTally VectorRunner::run(const MooFile& file) {
    VectorTally tally;
    for (const MooTest& test : file.tests) {
        ++tally.tests;
        machine_.run(test);
        const Judgement judgement = judge(test, machine_);
        if (judgement.equal()) {
            ++tally.passed;
        } else if (const VectorRule* rule = rule_for(test, judgement.difference)) {
            ++tally.excused;
            ++excused_[rule->name];
        } else if (on_failure) {
            on_failure(test, judgement.text);
        }
    }
    total_.tests += tally.tests;
    total_.passed += tally.passed;
    total_.excused += tally.excused;
    return tally;
}

namespace {

void print_tally(std::string_view what, const VectorTally& tally) {
    fmt::print("{}: {} tests, {} passed, {} excused, {} failed\n", what, tally.tests, tally.passed,
               tally.excused, tally.failed());
}

}  // namespace

int run_vectors(const VectorOptions& options, const EngineFactory& make_engine) {
    VectorRunner runner(make_engine);
    if (options.verbose)
        runner.on_failure = [](const MooTest& test, const std::string& text) {
            fmt::print("  {} {}:{}\n", test.index, test.name, text);
        };
    for (const std::string& path : options.files)
        print_tally(path.substr(path.rfind('/') + 1), runner.run(read_moo_file(path)));
    for (const VectorRule& rule : vector_rules())
        fmt::print("rule {}: {} excused: {}\n", rule.name, runner.excused_by(rule.name), rule.reason);
    print_tally("total", runner.total());
    return runner.total().failed() ? 2 : 0;
}

}  // namespace calque
