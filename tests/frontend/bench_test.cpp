// The arithmetic of `calque bench`: medians and noise, costs, regions, comparisons.
#include "frontend/bench/comparison.hpp"
#include "frontend/bench/cost_model.hpp"
#include "frontend/bench/html_report.hpp"
#include "frontend/bench/marks.hpp"
#include "frontend/bench/results.hpp"
#include "frontend/bench/statistics.hpp"
#include "frontend/bench/suite.hpp"
#include "frontend/bench/summary.hpp"
#include "frontend/usage_error.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace calque;
using namespace calque::bench;
using Json = nlohmann::ordered_json;
using Values = std::vector<double>;

TEST_CASE("medians and noise") {
    CHECK(median(Values{3, 1, 2}) == 2);
    CHECK(median(Values{4, 1, 2, 3}) == 2.5);
    CHECK(std::isnan(median(Values{})));
    CHECK(spread(Values{5}) == 0);
    CHECK(spread(Values{9, 10, 12}) == doctest::Approx(0.15));
    CHECK(geometric_mean(Values{1, 4, 16}) == doctest::Approx(4));
}

TEST_CASE("a difference within the noise of both is none") {
    const Values quiet{1.00, 1.01, 0.99}, noisy{0.8, 1.0, 1.2};
    CHECK(compare(quiet, Values{1.10, 1.11, 1.09}, 0.03) == Change::worse);
    CHECK(compare(quiet, Values{0.90, 0.91, 0.89}, 0.03) == Change::better);
    CHECK(compare(quiet, Values{1.02, 1.03, 1.01}, 0.03) == Change::none);
    CHECK(compare(noisy, Values{1.30, 1.31, 1.29}, 0.03) == Change::none);
    CHECK(compare(quiet, Values{1.3, 1.0, 1.6}, 0.03) == Change::none);
    CHECK(compare(noisy, Values{1.50, 1.51, 1.49}, 0.03) == Change::worse);
    CHECK(compare(quiet, Values{1.10, 1.11, 1.09}, 0.15) == Change::none);
    CHECK(compare(Values{}, quiet, 0.03) == Change::none);
}

TEST_CASE("what an instruction costs, and when translating it has paid") {
    const Work interpreter{
        .seconds = 3.1, .instructions = 1'000'000'000, .decoded = 1'000'000, .decoding_seconds = 0.1};
    const Work translator{.seconds = 1.7,
                          .instructions = 1'000'000'000,
                          .interpreted = 100'000'000,
                          .decoded = 1'000'000,
                          .decoding_seconds = 0.1,
                          .translated = 1'000'000,
                          .translation_seconds = 0.4};
    const CostModel model = cost_model(interpreter, translator);
    REQUIRE(model.decode);
    CHECK(model.decode.value() == doctest::Approx(100));
    CHECK(model.interpret.value() == doctest::Approx(3));
    CHECK(model.translate.value() == doctest::Approx(400));
    // 1.7 s less 0.1 decoding, 0.4 translating and 0.3 interpreting, over the nine tenths that ran
    // translated.
    CHECK(model.execute.value() == doctest::Approx(1));
    CHECK(model.break_even.value() == doctest::Approx(200));
    CHECK(threshold_for(200.4) == 201);
    CHECK(threshold_for(0.2) == 1);
}

TEST_CASE("what was not done has no cost") {
    const Work slow{.seconds = 1, .instructions = 1'000'000};
    CHECK(!cost_model(slow, {}).execute);
    CHECK(!cost_model(slow, {}).break_even);
    const Work untimed{.seconds = 1, .instructions = 1'000'000, .decoded = 1000};
    CHECK(!cost_model(untimed, {}).decode);
    const Work not_faster{
        .seconds = 2, .instructions = 1'000'000, .translated = 1, .translation_seconds = 1e-6};
    CHECK(cost_model(slow, not_faster).translate);
    CHECK(!cost_model(slow, not_faster).break_even);
}

TEST_CASE("work adds up") {
    Work sum{.seconds = 1,
             .instructions = 2,
             .interpreted = 3,
             .decoded = 4,
             .decoding_seconds = 5,
             .translated = 6,
             .translation_seconds = 7};
    sum += sum;
    CHECK(sum.seconds == 2);
    CHECK(sum.interpreted == 6);
    CHECK(sum.translation_seconds == 14);
}

TEST_CASE("regions lie between a guest's lines") {
    const auto regions = regions_of(std::vector<Mark>{{"firmware", 1},
                                                      {"", 2},
                                                      {"== fib 0.5", 3},
                                                      {"fib checksum: 0badcafe", 5},
                                                      {"", 7},
                                                      {"", 8},
                                                      {"== loop 1000", 9},
                                                      {"", 10},
                                                      {"== end", 11}});
    REQUIRE(regions.size() == 3);
    CHECK(regions[0].name == "boot");
    CHECK(regions[0].seconds == 3);
    CHECK(regions[1].name == "fib");
    CHECK(regions[1].amount == 0.5);
    CHECK(regions[1].seconds == 4);
    CHECK(regions[1].checksum == "0badcafe");
    CHECK(regions[2].amount == 1000);
    CHECK(regions[2].checksum.empty());
}

TEST_CASE("regions of counters are differences, without the time that taking them took") {
    const auto entry = [](const char* line, double at, double resumed, int count, int resident) {
        return Json{{"line", line},
                    {"cpu_seconds", at},
                    {"resumed", {{"cpu_seconds", resumed}}},
                    {"mmu", {{"walks", count}}},
                    {"list", {{{"name", "in"}, {"class", "x"}, {"count", count}}}},
                    {"memory_bytes", resident}};
    };
    const auto regions = regions_of(
        Json{{"lines",
              {entry("== a 1", 1.0, 1.5, 10, 5), entry("", 3.0, 3.5, 17, 9), entry("== end", 4, 4, 20, 9)}}});
    REQUIRE(regions.size() == 2);
    CHECK(regions[1].seconds == 1.5);
    CHECK(regions[1].counters["mmu"]["walks"] == 7);
    CHECK(regions[1].counters["list"][0]["count"] == 7);
    CHECK(regions[1].counters["list"][0]["name"] == "in");
    CHECK(regions[1].counters["memory_bytes"] == 9);
    CHECK(regions[0].counters["mmu"]["walks"] == 10);
}

namespace {

Json results_with(const Values& seconds, std::uint64_t instructions, const Values& ns) {
    return {{"format", 1},
            {"suite", "tiny"},
            {"rounds", 3},
            {"clock_ns", 4},
            {"host", {{"processor", "P"}}},
            {"workloads",
             {{{"name", "fib"},
               {"engines",
                {{"translator", {{"seconds", seconds}, {"instructions", {{"total", instructions}}}}}}}}}},
            {"operations", {{{"name", "in"}, {"ns", {{"translator", {{"values", ns}}}}}}}}};
}

}  // namespace

TEST_CASE("a comparison flags what became slower, and only that") {
    const Json before = results_with({1.0, 1.01, 1.02}, 1000, {20, 20, 21});
    CHECK(compare_results(before, before).differences.empty());
    CHECK(compare_results(before, before).compared == 2);
    const Comparison after = compare_results(before, results_with({1.2, 1.21, 1.19}, 1010, {10, 10, 10}));
    REQUIRE(after.differences.size() == 2);
    CHECK(after.differences[0].what == "operation in, translator");
    CHECK(!after.differences[0].worse);
    CHECK(after.differences[1].what == "fib, translator");
    CHECK(after.differences[1].worse);
    REQUIRE(after.remarks.size() == 1);
    CHECK(after.remarks[0] == "fib, translator: +1.000 % instructions");
    CHECK(to_text(after).find("WORSE") != std::string::npos);
}

TEST_CASE("what is too short to tell, or of one round, is judged with care") {
    CHECK(
        compare_results(results_with({1e-5, 1e-5}, 1, {0.1, 0.1}), results_with({5e-5, 5e-5}, 1, {0.2, 0.2}))
            .compared == 0);
    CHECK(compare_results(results_with({1}, 1, {20}), results_with({1.1}, 1, {22})).differences.empty());
    CHECK(compare_results(results_with({1}, 1, {20}), results_with({1.3}, 1, {20})).differences.size() == 1);
}

TEST_CASE("other documents are refused") {
    CHECK_THROWS_AS(compare_results(Json{{"x", 1}}, Json{{"x", 1}}), UsageError);
    CHECK_THROWS_AS(compare_results(Json::array(), Json::array()), UsageError);
}

TEST_CASE("nothing in the results can end the page's script") {
    const std::string page = to_html({{"host", "</script><b>"}});
    CHECK(page.find("</script><b>") == std::string::npos);
    CHECK(page.find("<\\/script><b>") != std::string::npos);
    CHECK(page.find("/*RESULTS*/") == std::string::npos);
    CHECK(page.find("/*LIBRARY*/") == std::string::npos);
}

TEST_CASE("a summary has means by group, and where the translator is slower") {
    const auto workload = [](const char* name, const char* group, double native, double slow, double fast,
                             double qemu) {
        return Json{{"name", name},
                    {"group", group},
                    {"engines",
                     {{"interpreter", {{"median", slow}}},
                      {"translator", {{"median", fast}, {"code_bytes", 600}, {"translated_bytes", 100}}}}},
                    {"peers", {{"native", {{"median", native}}}, {"qemu", {{"median", qemu}}}}}};
    };
    Json workloads{workload("boot", "system", 1, 8, 2, 4), workload("a", "integer", 1, 8, 2, 4),
                   workload("b", "integer", 0.5, 1, 1, 0.96), workload("c", "memory", 1, 9, 10, 9.5)};
    workloads[0]["peers"].erase("native");
    workloads[3]["peers"].erase("native");
    const Json summary = summary_of(workloads);
    REQUIRE(summary["groups"].size() == 3);
    const Json& integer = summary["groups"][0];
    CHECK(integer["name"] == "integer");
    CHECK(integer["programs"] == 2);
    CHECK(integer["times_native"]["interpreter"]["mean"].get<double>() == doctest::Approx(4));
    CHECK(integer["times_native"]["translator"]["mean"].get<double>() == doctest::Approx(2));
    CHECK(integer["times_native"]["translator"]["programs"] == 2);
    CHECK(summary["groups"][1]["times_native"].empty());
    CHECK(summary["groups"][2]["programs"] == 3);
    CHECK(summary["groups"][2]["times_native"]["translator"]["programs"] == 2);
    CHECK(summary["slower_than"]["interpreter"].size() == 1);
    CHECK(summary["slower_than"]["interpreter"][0]["name"] == "c");
    REQUIRE(summary["slower_than"]["qemu"].size() == 1);
    CHECK(summary["slower_than"]["qemu"][0]["times"].get<double>() == doctest::Approx(10 / 9.5));
    CHECK(summary["boot_seconds"]["qemu"] == 4);
    CHECK(summary["code_expansion"].get<double>() == doctest::Approx(6));
}

TEST_CASE("a part of a suite is named by programs and groups") {
    CHECK(Selection{}.is_everything());
    CHECK(Selection{}.has_operations());
    CHECK(Selection{}.has("fib", "integer"));
    const Selection some{{"programs", "un*"}};
    CHECK(some.has("unaligned", "memory"));
    CHECK(some.has("lua", "programs"));
    CHECK(!some.has("fib", "integer"));
    CHECK(!some.has_operations());
    CHECK(Selection{{"operations"}}.has_operations());
}

TEST_CASE("peers have fewer turns, and a suite says how long it takes") {
    const Suite &full = find_suite("full"), &quick = find_suite("quick");
    CHECK(rounds_of("translator", full, 3) == 3);
    CHECK(rounds_of("native", full, 5) == 5);
    CHECK(rounds_of("interpreter", full, 3) == 2);
    CHECK(rounds_of("qemu", full, 3) == 2);
    CHECK(rounds_of("qemu", full, 1) == 1);
    CHECK(rounds_of("bochs", full, 3) == 1);
    CHECK(rounds_of("qemu", quick, 3) == 3);
    Plan plan{.suite = quick,
              .ways = {"native", "interpreter", "translator", "qemu"},
              .only = {},
              .rounds = 3,
              .ablate = false,
              .guest_folder = {}};
    CHECK(expected_seconds(plan, quick.tasks) < 300);
    plan.suite = full;
    plan.ways.emplace_back("bochs");
    const std::vector<Task> everything(65, Task{"one", 1});
    CHECK(expected_seconds(plan, everything) < 3600);
    const double whole = expected_seconds(plan, everything);
    plan.only.patterns = {"one"};
    CHECK(expected_seconds(plan, {{"one", 1}}) < whole / 4);
}

namespace {

Region region_of(const char* name, double seconds, const char* checksum) {
    Region region;
    region.name = name;
    region.seconds = seconds;
    region.checksum = checksum;
    return region;
}

}  // namespace

TEST_CASE("a program without a result is left out; a single operation of that name has none") {
    Measurements found;
    found.host = Json::object();
    found.groups = {{"page_fault", "kernel"}, {"fork", "kernel"}};
    found.operations.measured["qemu"] = {{region_of("loop", 1, ""), region_of("page_fault", 3, "")}};
    found.programs.measured["qemu"] = {{region_of("page_fault", 2, ""), region_of("fork", 4, "12")}};
    found.programs.measured["native"] = {{region_of("page_fault", 1, "ab"), region_of("fork", 1, "12")}};
    const Plan plan{.suite = find_suite("full"),
                    .ways = {},
                    .only = {},
                    .rounds = 1,
                    .ablate = false,
                    .guest_folder = {}};
    const Json results = results_of(found, plan);
    CHECK(results["operations"][1]["ns"]["qemu"]["median"] == 2e9);
    CHECK(results["operations"][1]["peers"].contains("qemu"));
    REQUIRE(results["remarks"].size() == 1);
    CHECK(results["remarks"][0] == "page_fault: no result under qemu, so it is left out");
    CHECK(results["disagreements"].empty());
    CHECK(!results["workloads"][0]["peers"].contains("qemu"));
    CHECK(results["summary"]["groups"][0]["times_native"]["qemu"]["programs"] == 1);
    CHECK(results["turns"]["native"] == 1);
}
