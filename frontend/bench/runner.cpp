// Rounds in which every way has its turn, then what is measured once.
#include "frontend/bench/runner.hpp"

#include "frontend/bench/host.hpp"
#include "frontend/bench/native_operations.hpp"
#include "frontend/usage_error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <numeric>
#include <stdexcept>

namespace calque::bench {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::seconds;

constexpr const char* operations_title = "single operations";
constexpr const char* programs_title = "Linux programs";
constexpr std::array engines{"interpreter", "translator"};
constexpr seconds own_limit{7200}, native_limit{600}, peer_limit{7200};
/// A peer that has not said the first word of the single operations by then runs nothing.
constexpr seconds first_word_limit{20};

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

void raise(std::uint64_t& most, std::uint64_t value) { most = std::max(most, value); }

}  // namespace

Runner::Runner(const Plan& plan) : plan_(plan) { open_guests(); }

Measurements Runner::run() {
    const double expected = expected_seconds(plan_, programs_ ? plan_.suite.tasks : std::vector<Task>{});
    progress(fmt::format("this takes about {:.0f} minutes where nothing else runs (two cores of 4 GHz)",
                         std::max(1.0, std::ceil(expected / 60))));
    measure_host();
    for (unsigned round = 1; round <= plan_.rounds; ++round) measure_round(round);
    count_instructions();
    time_callouts();
    sweep_thresholds();
    if (plan_.ablate) ablate();
    note_failures();
    found_.host["load_after"] = host_load();
    progress("done");
    return std::move(found_);
}

bool Runner::wants(const std::string& way) const {
    return std::ranges::find(plan_.ways, way) != plan_.ways.end() && !unusable_.contains(way);
}

bool Runner::can(const std::string& way, const Guest& guest) const {
    return wants(way) && !did_not_run_.contains({way, guest.title});
}

void Runner::skip(const std::string& what, const std::string& why) {
    const auto same = [&](const Skipped& skipped) { return skipped.what == what && skipped.why == why; };
    if (std::ranges::any_of(found_.skipped, same)) return;
    found_.skipped.push_back({what, why});
    progress(fmt::format("without {}: {}", what, why));
}

void Runner::give_up(const std::string& way, const Guest& guest, const std::string& why) {
    const Peer* peer = find_peer(way);
    did_not_run_.insert({way, guest.title});
    skip(fmt::format("{} for {}", peer ? peer->title : "the " + way, guest.title), why);
}

/// The other ways tell an engine at fault from a guest at fault.
void Runner::note_failures() {
    for (const auto& [way, title] : did_not_run_) {
        if (find_peer(way)) continue;
        const GuestRuns& runs = title == operations_title ? found_.operations : found_.programs;
        const auto got_through = [](const auto& entry) {
            return entry.first != "native" && !entry.second.empty();
        };
        if (std::ranges::any_of(runs.measured, got_through))
            found_.failures.push_back(fmt::format("{}: the {} did not get through in every run", title, way));
    }
}

void Runner::progress(const std::string& text) {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - started_;
    fmt::print(stderr, "bench: {:4.0f} s  {}\n", elapsed.count(), text);
}

void Runner::measure_host() {
    progress("the host itself");
    found_.host = describe_host();
    if (!wants("native") || !operations_) return;
    const auto native = measure_native_operations();
    if (native.empty()) skip("single operations natively", "the host is not x86-64");
    for (const NativeOperation& operation : native)
        found_.native_operations[operation.name] = operation.nanoseconds;
}

// --- Guests

void Runner::open_guests() {
    if (plan_.only.has_operations()) operations_ = {operations_title, operations_load(), &found_.operations};
    if (!plan_.suite.linux_guest) return;
    try {
        linux_ = open_linux_guest(plan_.guest_folder);
    } catch (const std::runtime_error& error) {
        return skip("Linux programs", error.what());
    }
    select_tasks();
    if (plan_.suite.tasks.empty()) return;
    programs_ = {programs_title, linux_load(*linux_, plan_.suite.tasks), &found_.programs};
    sample_ = programs_;
    if (plan_.only.is_everything() && !plan_.suite.sample.empty())
        sample_ = {programs_title, linux_load(*linux_, plan_.suite.sample), &found_.sample};
}

void Runner::select_tasks() {
    std::vector<Task>& tasks = plan_.suite.tasks;
    if (tasks.empty())
        for (const Program& program : linux_->programs) tasks.push_back({program.name, 1});
    std::vector<std::string> missing;
    const auto is_missing = [&](const Task& task) {
        if (linux_->find(task.program)) return false;
        if (plan_.only.has(task.program, "")) missing.push_back(task.program);
        return true;
    };
    std::erase_if(tasks, is_missing);
    std::erase_if(plan_.suite.sample, is_missing);
    std::erase_if(tasks, [&](const Task& task) {
        found_.groups[task.program] = linux_->find(task.program)->group;
        return !plan_.only.has(task.program, found_.groups[task.program]);
    });
    if (tasks.empty() && !operations_)
        throw UsageError(fmt::format("--only: suite {} has no program or group called {}", plan_.suite.name,
                                     fmt::join(plan_.only.patterns, " or ")));
    if (!missing.empty())
        skip(fmt::format("{}", fmt::join(missing, ", ")), "the guest has not got them (bench/make-guest)");
}

// --- Rounds

void Runner::measure_round(unsigned round) {
    const auto has_turn = [&](const std::string& way) {
        return wants(way) && round <= rounds_of(way, plan_.suite, plan_.rounds);
    };
    for (const char* engine : engines) {
        if (!has_turn(engine)) continue;
        progress(fmt::format("round {}: {}", round, engine));
        if (operations_) measure_calque(engine, *operations_);
        if (programs_) measure_calque(engine, *programs_);
    }
    for (const Peer& peer : peers()) {
        if (!has_turn(peer.name)) continue;
        progress(fmt::format("round {}: {}", round, peer.title));
        measure_peer(peer);
    }
    if (programs_ && has_turn("native")) measure_native();
}

void Runner::measure_calque(const std::string& engine, const Guest& guest) {
    auto result = try_calque({.engine = engine, .measure = "startup", .switches = {}, .stats = {}}, guest);
    if (!result) return;
    raise(guest.runs->peak_memory[engine], result->peak_memory);
    guest.runs->measured[engine].push_back(std::move(result->regions));
    guest.runs->startup.try_emplace(engine, std::move(result->startup));
}

std::optional<Runner::CalqueResult> Runner::try_calque(const CalqueRun& run, const Guest& guest) {
    if (!can(run.engine, guest)) return std::nullopt;
    try {
        return run_calque(run, guest.load);
    } catch (const std::exception& error) {
        give_up(run.engine, guest, error.what());
        return std::nullopt;
    }
}

Runner::CalqueResult Runner::run_calque(CalqueRun run, const Load& load) {
    run.stats = folder_.file("stats.json");
    std::vector<Mark> marks;
    const auto listen = [&](std::string_view line, double cpu_seconds) {
        marks.push_back({std::string(line), cpu_seconds});
        return Heard::nothing;
    };
    const ChildEnd end = run_child(calque_command(run, load), {own_limit}, listen);
    const bool complete = std::ranges::any_of(marks, [](const Mark& mark) { return mark.line == "== end"; });
    if (!complete)
        throw std::runtime_error(
            fmt::format("the guest did not get through (status {}): {}", end.status, end.last_words));
    const Json stats = Json::parse(std::ifstream(run.stats));
    CalqueResult result{regions_of(stats), stats.value("startup", Json::array()), end.peak_memory};
    add_checksums(regions_of(marks), result.regions);
    return result;
}

void Runner::measure_peer(const Peer& peer) {
    if (!prove(peer)) return;
    if (operations_ && can(peer.name, *operations_)) measure_peer(peer, *operations_);
    if (programs_ && can(peer.name, *programs_)) measure_peer(peer, *programs_);
}

/// Whether it runs anything at all: the single operations up to their first word.
bool Runner::prove(const Peer& peer) {
    if (proven_.contains(peer.name)) return true;
    const auto give_up = [&](const std::string& why) {
        unusable_.insert(peer.name);
        skip(peer.title, why);
        return false;
    };
    try {
        const ChildEnd end = run_child(peer_command(peer, operations_load(), folder_), {first_word_limit},
                                       [](std::string_view line, double) {
                                           return line.starts_with("== ") ? Heard::enough : Heard::nothing;
                                       });
        if (end.timed_out)
            return give_up(fmt::format("it ran nothing within {} s", first_word_limit.count()));
        if (!end.stopped)
            return give_up(fmt::format("it ended before the guest said anything: {}", end.last_words));
    } catch (const std::runtime_error& error) {
        return give_up(error.what());
    }
    return proven_.insert(peer.name).second;
}

void Runner::measure_peer(const Peer& peer, const Guest& guest) {
    std::vector<Mark> marks;
    const auto listen = [&](std::string_view line, double cpu_seconds) {
        if (marks.empty() && !line.starts_with("== ")) return Heard::nothing;
        marks.push_back({std::string(line), cpu_seconds});
        return is_last(marks) ? Heard::enough : Heard::it_runs;
    };
    const ChildLimits limits{peer_limit, guest.load.kernel.empty() ? first_word_limit : peer.boot_limit};
    try {
        const ChildEnd end = run_child(peer_command(peer, guest.load, folder_), limits, listen);
        if (!is_last(marks))
            return give_up(peer.name, guest,
                           fmt::format("the guest did not get through within {:.0f} s ({})", end.seconds,
                                       end.last_words));
        raise(guest.runs->peak_memory[peer.name], end.peak_memory);
        guest.runs->measured[peer.name].push_back(regions_of(marks));
    } catch (const std::runtime_error& error) {
        give_up(peer.name, guest, error.what());
    }
}

void Runner::measure_native() {
    progress("Linux programs natively");
    std::vector<Region> regions;
    for (const Task& task : plan_.suite.tasks) {
        try {
            for (Region& region : run_native(task)) regions.push_back(std::move(region));
        } catch (const std::runtime_error& error) {
            skip(task.program + " natively", error.what());
        }
    }
    found_.programs.measured["native"].push_back(std::move(regions));
}

std::vector<Region> Runner::run_native(const Task& task) {
    Command command = linux_->find(task.program)->native;
    command.push_back(fmt::format("{}", task.amount));
    std::vector<Mark> marks{{fmt::format("== {} {}", task.program, task.amount), 0}};
    const ChildEnd end = run_child(command, {native_limit}, [&](std::string_view line, double) {
        if (!line.empty()) marks.push_back({std::string(line), 0});
        return Heard::nothing;
    });
    if (end.status != 0) throw std::runtime_error(end.last_words);
    marks.push_back({"", end.cpu_seconds});
    return {regions_of(marks).back()};
}

// --- Once

void Runner::count_instructions() {
    if (!wants("interpreter")) return;
    progress("what the guests consist of (the interpreter, counting each instruction)");
    const CalqueRun run{
        .engine = "interpreter", .measure = "decoding,instructions", .switches = {}, .stats = {}};
    for (const auto& guest : {operations_, programs_})
        if (guest)
            if (auto result = try_calque(run, *guest)) guest->runs->counted = std::move(result->regions);
}

void Runner::time_callouts() {
    if (!wants("translator")) return;
    progress("what callouts cost (the translator, with a clock beside each)");
    const CalqueRun run{.engine = "translator", .measure = "decoding,callouts", .switches = {}, .stats = {}};
    for (const auto& guest : {operations_, programs_})
        if (guest)
            if (auto result = try_calque(run, *guest)) guest->runs->timed = std::move(result->regions);
}

void Runner::sweep_thresholds() {
    if (!plan_.only.is_everything() || !sample_ || !can("translator", *sample_)) return;
    for (const std::uint32_t executions : plan_.suite.thresholds) {
        progress(fmt::format("translating after {} executions", executions));
        const CalqueRun run{.engine = "translator",
                            .measure = {},
                            .switches = {"--translate-after", std::to_string(executions)},
                            .stats = {}};
        if (const auto result = try_calque(run, *sample_))
            found_.thresholds.push_back({executions, {total(result->regions)}});
    }
}

void Runner::ablate() {
    if (!wants("translator")) return;
    if (sample_ && sample_->runs != &found_.programs) {
        progress("the translator with all its optimisations");
        measure_calque("translator", *sample_);
    }
    for (const Ablation& ablation : ablations()) {
        progress("without " + ablation.title);
        const CalqueRun run{
            .engine = "translator", .measure = {}, .switches = ablation.switches, .stats = {}};
        Measurements::AblationRun result{
            ablation.title, fmt::format("{}", fmt::join(ablation.switches, " ")), {}, {}};
        if (operations_)
            if (auto with = try_calque(run, *operations_)) result.operations = std::move(with->regions);
        if (sample_)
            if (auto with = try_calque(run, *sample_)) result.programs = std::move(with->regions);
        found_.ablation.push_back(std::move(result));
    }
}

}  // namespace calque::bench
