// `calque bench`: measures, reports, compares.
#include "frontend/bench/comparison.hpp"
#include "frontend/bench/html_report.hpp"
#include "frontend/bench/results.hpp"
#include "frontend/bench/runner.hpp"
#include "frontend/bench/text_report.hpp"
#include "frontend/command_line.hpp"
#include "frontend/engines.hpp"
#include "frontend/host_file.hpp"
#include "frontend/parse.hpp"
#include "frontend/processor_stats.hpp"
#include "frontend/usage_error.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace calque {

namespace {

using Json = nlohmann::ordered_json;
using Text = const std::string&;

constexpr int worse_status = 1;

struct BenchOptions {
    std::string suite = "quick", json, html;
    std::vector<std::string> ways, only;
    std::string guest;
    std::uint64_t rounds = 0;  ///< 0: as the suite has it
    bool ablate = false;
    std::vector<std::string> compare;
};

std::vector<std::string> all_ways() {
    std::vector<std::string> ways = engine_names();
    ways.emplace_back("native");
    for (const bench::Peer& peer : bench::peers()) ways.push_back(peer.name);
    return ways;
}

void set_ways(Text text, BenchOptions& options) {
    const auto known = all_ways();
    std::istringstream names(text);
    for (std::string name; std::getline(names, name, ',');) {
        if (std::ranges::find(known, name) == known.end())
            throw UsageError(fmt::format("\"{}\" is not one of {}", name, fmt::join(known, ", ")));
        options.ways.push_back(name);
    }
}

/// All but what would take longer than everything else in a suite that is meant to be short.
std::vector<std::string> usual_ways(const bench::Suite& suite) {
    std::vector<std::string> ways = all_ways();
    if (!suite.with_bochs) std::erase(ways, "bochs");
    return ways;
}

void set_only(Text text, BenchOptions& options) {
    std::istringstream patterns(text);
    for (std::string pattern; std::getline(patterns, pattern, ',');)
        if (!pattern.empty()) options.only.push_back(pattern);
    if (options.only.empty()) throw UsageError("--only needs the name of a program or a group");
}

void set_rounds(Text text, BenchOptions& options) {
    options.rounds = parse_number(text, 100);
    if (options.rounds == 0) throw UsageError("0 rounds measure nothing");
}

void write_page(const std::string& name, const std::string& page) {
    std::ofstream file(name, std::ios::binary);
    file << page;
    if (!file.flush()) throw UsageError(fmt::format("{}: cannot be written", name));
}

Json read_results(const std::string& name) {
    std::ifstream file(name);
    if (!file) throw UsageError(fmt::format("{}: cannot be read", name));
    const Json json = Json::parse(file, nullptr, false);
    if (json.is_discarded()) throw UsageError(fmt::format("{}: not JSON", name));
    return json;
}

int compare(const BenchOptions& options) {
    const auto comparison =
        bench::compare_results(read_results(options.compare[0]), read_results(options.compare[1]));
    fmt::print("{}", bench::to_text(comparison));
    return std::ranges::any_of(comparison.differences, &bench::Difference::worse) ? worse_status
                                                                                  : exit_status::success;
}

bench::Plan plan_of(const BenchOptions& options) {
    bench::Plan plan{.suite = bench::find_suite(options.suite),
                     .ways = options.ways,
                     .only = {options.only},
                     .rounds = static_cast<unsigned>(options.rounds),
                     .ablate = options.ablate,
                     .guest_folder = options.guest.empty() ? bench::default_guest_folder() : options.guest};
    if (plan.ways.empty()) plan.ways = usual_ways(plan.suite);
    if (plan.rounds == 0) plan.rounds = plan.suite.rounds;
    return plan;
}

/// Both files are tried: what was measured took long.
void write_reports(const BenchOptions& options, const Json& results) {
    std::string failure;
    const auto attempt = [&](const std::string& name, const auto& write) {
        try {
            if (!name.empty()) write(name);
        } catch (const std::exception& error) {
            if (!failure.empty()) fmt::print(stderr, "bench: {}\n", failure);
            failure = error.what();
        }
    };
    attempt(options.json, [&](const std::string& name) { write_json(name, results); });
    attempt(options.html, [&](const std::string& name) { write_page(name, bench::to_html(results)); });
    if (!failure.empty()) throw UsageError(failure);
}

int measure(const BenchOptions& options) {
    for (const std::string& path : {options.json, options.html})
        if (!path.empty()) check_can_create(path);
    const bench::Plan plan = plan_of(options);
    try {
        bench::Runner runner(plan);
        const Json results = bench::results_of(runner.run(), plan);
        fmt::print("{}", bench::to_text(results));
        write_reports(options, results);
        return results["disagreements"].empty() ? exit_status::success : worse_status;
    } catch (const bench::Interrupted&) {
        fmt::print(stderr, "bench: interrupted\n");
        return exit_status::interrupted;
    }
}

}  // namespace

std::function<int()> declare_bench(CLI::App& app) {
    const auto options = std::make_shared<BenchOptions>();
    add_parsed_option(
        app, "--suite", [=](Text text) { options->suite = bench::find_suite(text).name; },
        fmt::format("{} (quick)", bench::suite_names()), "NAME");
    add_parsed_option(
        app, "--engine", [=](Text text) { set_ways(text, *options); },
        fmt::format("Out of {} (all that are found; Bochs in suite full only)", fmt::join(all_ways(), ",")),
        "LIST");
    add_parsed_option(
        app, "--only", [=](Text text) { set_only(text, *options); },
        "Programs and groups by name, with * and ? (integer, memory, x87, sse, changing, kernel, programs; "
        "operations: the single ones); without the sweep of thresholds",
        "GLOB[,GLOB...]");
    add_parsed_option(
        app, "--repeat", [=](Text text) { set_rounds(text, *options); },
        "Rounds in which each has its turn; medians and spread are theirs (3; in suite full at most 2 of "
        "the interpreter and QEMU; 1 of Bochs)",
        "N");
    app.add_option("--guest", options->guest, "Folder that bench/make-guest made (build/bench)")
        ->type_name("FOLDER");
    app.add_flag("--ablate", options->ablate, "Also with each optimisation of the translator switched off");
    app.add_option("--json", options->json, "All results")->type_name("FILE");
    app.add_option("--html", options->html, "A page with charts")->type_name("FILE");
    auto* compare_two = app.add_subcommand(
        "compare", "A.json B.json: what became slower beyond the noise of both (status 1 if something did)");
    compare_two->add_option("FILES", options->compare)->expected(2)->required();
    return [=] { return options->compare.empty() ? measure(*options) : compare(*options); };
}

}  // namespace calque
