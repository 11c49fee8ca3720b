// Hardware vectors under every engine; needs the folder that CALQUE_VECTORS names.
#include "frontend/vectors/vector_runner.hpp"
#include "tests/support/effort.hpp"
#include "tests/support/flat_machine.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

using namespace calque;

namespace {

/// The 80286's files, or none.
std::vector<std::string> vector_files() {
    std::vector<std::string> files;
    const char* folder = std::getenv("CALQUE_VECTORS");
    if (!folder) return files;
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(folder) / "80286"))
        if (entry.path().filename().string().find(".MOO") != std::string::npos)
            files.push_back(entry.path().string());
    std::ranges::sort(files);
    return files;
}

/// Runs a file and names what fails, a few of each file.
void check_file(VectorRunner& runner, const std::string& path, const MooFile& file) {
    unsigned reported = 0;
    runner.on_failure = [&](const MooTest& test, const std::string& text) {
        if (++reported <= 5) FAIL_CHECK(path << " " << test.index << " " << test.name << ":" << text);
    };
    CHECK(runner.run(file).failed() == 0);
}

}  // namespace

TEST_CASE("the 80286's vectors pass or are excused by a named rule") {
    const std::vector<std::string> files = vector_files();
    if (files.empty()) {
        MESSAGE("CALQUE_VECTORS is not set: nothing is checked");
        return;
    }
    for (const test::EngineKind& kind : test::engine_kinds()) {
        CAPTURE(std::string(kind.name));
        VectorRunner runner(kind.make);
        for (const std::string& path : files) {
            MooFile file = read_moo_file(path);
            file.tests.resize(test::tries(static_cast<unsigned>(file.tests.size())));
            check_file(runner, path, file);
        }
        CHECK(runner.total().tests > 0);
        if (test::sanitized) continue;
        // A rule that excuses nothing is no longer needed.
        for (const VectorRule& rule : vector_rules())
            CHECK_MESSAGE(runner.excused_by(rule.name) > 0, std::string(rule.name));
    }
}
