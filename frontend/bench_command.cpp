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
    std::vector<std::string> ways;
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

int measure(const BenchOptions& options) {
    for (const std::string& path : {options.json, options.html})
        if (!path.empty()) check_can_create(path);
    bench::Plan plan{.suite = bench::find_suite(options.suite),
                     .ways = options.ways.empty() ? all_ways() : options.ways,
                     .rounds = 0,
                     .ablate = options.ablate,
                     .guest_folder = options.guest.empty() ? bench::default_guest_folder() : options.guest};
    plan.rounds = options.rounds ? static_cast<unsigned>(options.rounds) : plan.suite.rounds;
    try {
        bench::Runner runner(plan);
        const Json results = bench::results_of(runner.run(), plan.suite.name, plan.rounds);
        fmt::print("{}", bench::to_text(results));
        if (!options.json.empty()) write_json(options.json, results);
        if (!options.html.empty()) write_page(options.html, bench::to_html(results));
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
        fmt::format("Out of {} (all that are found)", fmt::join(all_ways(), ",")), "LIST");
    add_parsed_option(
        app, "--repeat", [=](Text text) { set_rounds(text, *options); },
        "Rounds in which each has its turn; medians and spread are theirs (3)", "N");
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
