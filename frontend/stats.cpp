// The counters of a run as JSON.
#include "frontend/stats.hpp"

#include "frontend/processor_stats.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <sys/resource.h>

namespace calque {

namespace {

using Json = nlohmann::ordered_json;

const char* name_of(RunEnd end) {
    switch (end) {
        case RunEnd::powered_off: return "powered off";
        case RunEnd::guest_reset: return "reset";
        case RunEnd::exit_port: return "exit port";
        case RunEnd::triple_fault: return "triple fault";
        case RunEnd::bound: return "bound";
        case RunEnd::interrupted: return "interrupted";
        case RunEnd::quit: return "quit";
    }
    return "";
}

std::string hex(std::uint64_t hash) { return fmt::format("{:016x}", hash); }

Json hashes(const StateHash& hash) {
    Json devices = Json::object();
    for (const auto& [name, value] : hash.devices) devices[name] = hex(value);
    return {{"cpu", hex(hash.cpu)},
            {"clock", hex(hash.clock)},
            {"ram", hex(hash.ram)},
            {"vram", hex(hash.video_memory)},
            {"devices", devices}};
}

Json checkpoints(const Session& session) {
    Json list = Json::array();
    for (const Session::Checkpoint& checkpoint : session.checkpoints()) {
        Json entry = {{"instructions", checkpoint.instructions}};
        entry.update(hashes(checkpoint.hash));
        list.push_back(std::move(entry));
    }
    return list;
}

double cpu_seconds(const rusage& usage) {
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Json process_counters(double seconds) {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return {{"seconds", seconds},
            {"cpu_seconds", cpu_seconds(usage)},
            {"peak_memory_bytes", static_cast<std::uint64_t>(usage.ru_maxrss) * 1024}};
}

}  // namespace

void write_stats(Session& session, const RunOptions& options, const RunSummary& summary) {
    Board& board = session.machine().board();
    const StateHash hash = hash_state(board);
    Json stats;
    add_processor_statistics(stats, board.processor());
    stats["cpu"] = options.machine.cpu;
    stats["end"] = name_of(summary.result.end);
    stats["status"] = summary.status;
    stats["guest_seconds"] = static_cast<double>(board.clock().now()) * 1e-9;
    stats.update(process_counters(summary.seconds));
    const RunCounters& exits = session.machine().counters();
    stats["exits"].update({{"budget", exits.budget}, {"halted", exits.halted}, {"stop", exits.stop}});
    add_mmu_statistics(stats, board.mmu());
    stats["state_hash"] = hex(hash.combined());
    stats["state"] = hashes(hash);
    if (!session.checkpoints().empty()) stats["checkpoints"] = checkpoints(session);
    session.recorder().add_to(stats);
    write_json(options.stats, stats);
}

}  // namespace calque
