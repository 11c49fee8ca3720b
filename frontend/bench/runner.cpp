// Rounds in which every way has its turn, then what is measured once.
#include "frontend/bench/runner.hpp"

#include "frontend/bench/host.hpp"
#include "frontend/bench/native_operations.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <set>
#include <stdexcept>

namespace calque::bench {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::seconds;

constexpr seconds own_limit{3600};
/// A peer that has not said its first word by then runs nothing.
constexpr seconds first_word_limit{20};
constexpr seconds operations_limit{120}, programs_limit{3600};

double total(const std::vector<Region>& regions) {
    return std::accumulate(regions.begin(), regions.end(), 0.0,
                           [](double sum, const Region& region) { return sum + region.seconds; });
}

/// Regions' checksums go by name.
void add_checksums(const std::vector<Region>& from, std::vector<Region>& to) {
    for (Region& region : to) {
        const auto same = std::ranges::find(from, region.name, &Region::name);
        if (same != from.end()) region.checksum = same->checksum;
    }
}

bool is_last(const std::vector<Mark>& marks) { return !marks.empty() && marks.back().line == "== end"; }

}  // namespace

Runner::Runner(const Plan& plan) : plan_(plan) {}

Measurements Runner::run() {
    measure_host();
    open_guests();
    for (unsigned round = 1; round <= plan_.rounds; ++round) measure_round(round);
    count_instructions();
    time_callouts();
    sweep_thresholds();
    if (plan_.ablate) ablate();
    found_.host["load_after"] = host_load();
    progress("done");
    return std::move(found_);
}

bool Runner::wants(const std::string& way) const {
    return std::ranges::find(plan_.ways, way) != plan_.ways.end() &&
           std::ranges::find(unusable_, way) == unusable_.end();
}

void Runner::skip(const std::string& what, const std::string& why) {
    const auto same = [&](const Skipped& skipped) { return skipped.what == what && skipped.why == why; };
    if (std::ranges::any_of(found_.skipped, same)) return;
    found_.skipped.push_back({what, why});
    progress(fmt::format("without {}: {}", what, why));
}

void Runner::progress(const std::string& text) {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - started_;
    fmt::print(stderr, "bench: {:4.0f} s  {}\n", elapsed.count(), text);
}

void Runner::measure_host() {
    progress("the host itself");
    found_.host = describe_host();
    if (!wants("native")) return;
    const auto native = measure_native_operations();
    if (native.empty()) skip("single operations natively", "the host is not x86-64");
    for (const NativeOperation& operation : native)
        found_.native_operations[operation.name] = operation.nanoseconds;
}

void Runner::open_guests() {
    operations_ = operations_load();
    if (!plan_.suite.linux_guest) return;
    try {
        linux_ = open_linux_guest(plan_.guest_folder);
    } catch (const std::runtime_error& error) {
        return skip("Linux programs", error.what());
    }
    if (plan_.suite.tasks.empty())
        for (const Program& program : linux_->programs) plan_.suite.tasks.push_back({program.name, 1});
    std::vector<std::string> missing;
    std::erase_if(plan_.suite.tasks, [&](const Task& task) {
        const Program* program = linux_->find(task.program);
        if (program)
            found_.groups[task.program] = program->group;
        else
            missing.push_back(task.program);
        return !program;
    });
    if (!missing.empty())
        skip(fmt::format("{}", fmt::join(missing, ", ")), "the guest has not got them (bench/make-guest)");
    programs_ = linux_load(*linux_, plan_.suite.tasks);
}

// --- Rounds

void Runner::measure_round(unsigned round) {
    for (const std::string& engine : {std::string("interpreter"), std::string("translator")}) {
        if (!wants(engine)) continue;
        progress(fmt::format("round {}: {}", round, engine));
        measure_calque(engine, operations_, found_.operations);
        if (linux_) measure_calque(engine, programs_, found_.programs);
    }
    measure_peers(round);
    if (linux_ && wants("native")) measure_native();
}

void Runner::measure_calque(const std::string& engine, const Load& load, GuestRuns& runs) {
    CalqueResult result =
        run_calque({.engine = engine, .measure = "startup", .switches = {}, .stats = {}}, load);
    runs.measured[engine].push_back(std::move(result.regions));
    runs.startup.try_emplace(engine, std::move(result.startup));
}

Runner::CalqueResult Runner::run_calque(CalqueRun run, const Load& load) {
    run.stats = folder_.file("stats.json");
    std::vector<Mark> marks;
    const auto listen = [&](std::string_view line, double cpu_seconds) {
        marks.push_back({std::string(line), cpu_seconds});
        return true;
    };
    const ChildEnd end = run_child(calque_command(run, load), own_limit, listen);
    const bool complete = std::ranges::any_of(marks, [](const Mark& mark) { return mark.line == "== end"; });
    if (!complete)
        throw std::runtime_error(fmt::format("the guest did not get through under the {} (status {}): {}",
                                             run.engine, end.status, end.last_words));
    const Json stats = Json::parse(std::ifstream(run.stats));
    CalqueResult result{regions_of(stats), stats.value("startup", Json::array())};
    add_checksums(regions_of(marks), result.regions);
    return result;
}

/// Bochs takes long and has its turn once.
void Runner::measure_peers(unsigned round) {
    for (const Peer& peer : peers()) {
        if (!wants(peer.name) || (peer.name == "bochs" && round > 1)) continue;
        progress(fmt::format("round {}: {}", round, peer.title));
        measure_peer(peer, operations_, operations_limit, found_.operations);
        if (!linux_ || !wants(peer.name)) continue;
        if (peer.boots_linux)
            measure_peer(peer, programs_, programs_limit, found_.programs);
        else
            skip(fmt::format("Linux programs under {}", peer.title), "it does not load a kernel by itself");
    }
}

void Runner::measure_peer(const Peer& peer, const Load& load, seconds limit, GuestRuns& runs) {
    std::vector<Mark> marks;
    const auto listen = [&](std::string_view line, double cpu_seconds) {
        if (line.starts_with("== ") || !marks.empty()) marks.push_back({std::string(line), cpu_seconds});
        return !is_last(marks);
    };
    const auto give_up = [&](const std::string& why) {
        unusable_.push_back(peer.name);
        skip(peer.title, why);
    };
    try {
        const Command command = peer_command(peer, load, folder_);
        const bool proven = !found_.operations.measured[peer.name].empty();
        if (!proven) {
            const ChildEnd end =
                run_child(command, first_word_limit, [&](std::string_view line, double cpu_seconds) {
                    listen(line, cpu_seconds);
                    return marks.empty();
                });
            if (marks.empty() && end.timed_out)
                return give_up(fmt::format("it ran nothing within {} s", first_word_limit.count()));
            if (marks.empty())
                return give_up(fmt::format("it ended before the guest said anything: {}", end.last_words));
            marks.clear();
        }
        const ChildEnd end = run_child(command, limit, listen);
        if (!is_last(marks))
            return give_up(
                fmt::format("the guest did not get through within {} s ({})", limit.count(), end.last_words));
        runs.measured[peer.name].push_back(regions_of(marks));
    } catch (const std::runtime_error& error) {
        give_up(error.what());
    }
}

void Runner::measure_native() {
    progress("Linux programs natively");
    found_.programs.measured["native"].push_back(run_native(plan_.suite.tasks));
}

std::vector<Region> Runner::run_native(const std::vector<Task>& tasks) {
    std::vector<Region> regions;
    for (const Task& task : tasks) {
        Command command = linux_->find(task.program)->native;
        command.push_back(fmt::format("{}", task.amount));
        std::vector<Mark> marks{{fmt::format("== {} {}", task.program, task.amount), 0}};
        try {
            const ChildEnd end = run_child(command, programs_limit, [&](std::string_view line, double) {
                if (!line.empty()) marks.push_back({std::string(line), 0});
                return true;
            });
            if (end.status != 0) throw std::runtime_error(end.last_words);
            marks.push_back({"", end.cpu_seconds});
            regions.push_back(regions_of(marks).back());
        } catch (const std::runtime_error& error) {
            skip(task.program + " natively", error.what());
        }
    }
    return regions;
}

// --- Once

void Runner::count_instructions() {
    if (!wants("interpreter")) return;
    progress("what the guests consist of (the interpreter, counting each instruction)");
    const CalqueRun run{
        .engine = "interpreter", .measure = "decoding,instructions", .switches = {}, .stats = {}};
    found_.operations.counted = run_calque(run, operations_).regions;
    if (linux_) found_.programs.counted = run_calque(run, programs_).regions;
}

void Runner::time_callouts() {
    if (!wants("translator")) return;
    progress("what callouts cost (the translator, with a clock beside each)");
    const CalqueRun run{.engine = "translator", .measure = "decoding,callouts", .switches = {}, .stats = {}};
    found_.operations.timed = run_calque(run, operations_).regions;
    if (linux_) found_.programs.timed = run_calque(run, programs_).regions;
}

void Runner::sweep_thresholds() {
    if (!wants("translator") || !linux_) return;
    for (const std::uint32_t executions : plan_.suite.thresholds) {
        progress(fmt::format("translating after {} executions", executions));
        const CalqueRun run{.engine = "translator",
                            .measure = {},
                            .switches = {"--translate-after", std::to_string(executions)},
                            .stats = {}};
        found_.thresholds.push_back({executions, {total(run_calque(run, programs_).regions)}});
    }
}

void Runner::ablate() {
    if (!wants("translator")) return;
    for (const Ablation& ablation : ablations()) {
        progress("without " + ablation.title);
        const CalqueRun run{
            .engine = "translator", .measure = {}, .switches = ablation.switches, .stats = {}};
        Measurements::AblationRun result{ablation.title,
                                         fmt::format("{}", fmt::join(ablation.switches, " ")),
                                         run_calque(run, operations_).regions,
                                         {}};
        if (linux_) result.programs = run_calque(run, programs_).regions;
        found_.ablation.push_back(std::move(result));
    }
}

}  // namespace calque::bench
